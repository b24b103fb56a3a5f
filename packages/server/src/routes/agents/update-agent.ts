import { updateAgent as update } from "@aloft/core/agents/agents";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { checkChoices } from "./check-choices.ts";
import { agent, agentChange } from "./schemas.ts";

export const updateAgent = defineRoute({
  method: "PATCH",
  path: "/api/v1/agents/{id}",
  operationId: "updateAgent",
  summary: "Change an agent",
  description: "What is not given stays. Running turns go on as they began.",
  tag: "Agents",
  scope: "agents:write",
  versioned: true,
  params: idParams,
  body: agentChange,
  response: { status: 200, schema: agent },
  handler({ context, services, params, body, ifMatch }) {
    checkChoices(services, body);
    return update(context, params.id, body, ifMatch);
  },
});
