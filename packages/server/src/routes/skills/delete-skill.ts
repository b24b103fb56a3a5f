import { deleteSkill as remove } from "@aloft/core/agents/skills";
import { idParams } from "../common.ts";
import { defineRoute } from "../../http/route.ts";

export const deleteSkill = defineRoute({
  method: "DELETE",
  path: "/api/v1/skills/{id}",
  operationId: "deleteSkill",
  summary: "Delete a skill; agents go on without it",
  tag: "Skills",
  scope: "agents:write",
  versioned: true,
  params: idParams,
  response: { status: 204 },
  handler: ({ context, params, ifMatch }) => remove(context, params.id, ifMatch),
});
