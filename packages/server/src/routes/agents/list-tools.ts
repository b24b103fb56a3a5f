import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

export const listTools = defineRoute({
  method: "GET",
  path: "/api/v1/tools",
  operationId: "listTools",
  summary: "The tools that agents can be given",
  tag: "Agents",
  scope: "agents:read",
  response: {
    status: 200,
    schema: z.object({ items: z.array(z.object({ name: z.string(), description: z.string() })) }),
  },
  handler: async ({ services }) => ({
    items: services.tools.map(({ description: { name, description } }) => ({ name, description })),
  }),
});
