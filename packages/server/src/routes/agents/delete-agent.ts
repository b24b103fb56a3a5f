import { deleteAgent as remove } from "@aloft/core/agents/agents";
import { idParams } from "../common.ts";
import { defineRoute } from "../../http/route.ts";

export const deleteAgent = defineRoute({
  method: "DELETE",
  path: "/api/v1/agents/{id}",
  operationId: "deleteAgent",
  summary: "Delete an agent; what it said stays",
  tag: "Agents",
  scope: "agents:write",
  versioned: true,
  params: idParams,
  response: { status: 204 },
  handler: ({ context, params, ifMatch }) => remove(context, params.id, ifMatch),
});
