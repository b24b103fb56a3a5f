import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

export const listModels = defineRoute({
  method: "GET",
  path: "/api/v1/models",
  operationId: "listModels",
  summary: "The models that this server is configured for, the default first",
  tag: "Agents",
  scope: "any",
  response: {
    status: 200,
    schema: z.object({ items: z.array(z.object({ id: z.string(), provider: z.string(), isDefault: z.boolean() })) }),
  },
  handler: async ({ services }) => ({ items: services.models.list() }),
});
