import { createAgent as create } from "@aloft/core/agents/agents";
import { defineRoute } from "../../http/route.ts";
import { checkChoices } from "./check-choices.ts";
import { agent, newAgent } from "./schemas.ts";

export const createAgent = defineRoute({
  method: "POST",
  path: "/api/v1/agents",
  operationId: "createAgent",
  summary: "Create an agent",
  tag: "Agents",
  scope: "agents:write",
  body: newAgent,
  response: { status: 201, schema: agent },
  handler({ context, services, body }) {
    checkChoices(services, body);
    return create(context, body);
  },
});
