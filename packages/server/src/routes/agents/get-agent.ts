import { getAgent as get } from "@aloft/core/agents/agents";
import { idParams } from "../common.ts";
import { defineRoute } from "../../http/route.ts";
import { agent } from "./schemas.ts";

export const getAgent = defineRoute({
  method: "GET",
  path: "/api/v1/agents/{id}",
  operationId: "getAgent",
  summary: "One agent",
  tag: "Agents",
  scope: "agents:read",
  params: idParams,
  response: { status: 200, schema: agent },
  handler: ({ context, params }) => get(context, params.id),
});
