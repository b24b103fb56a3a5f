import { updateSkill as update } from "@aloft/core/agents/skills";
import { defineRoute } from "../../http/route.ts";
import { idParams } from "../common.ts";
import { skill, skillChange } from "./schemas.ts";

export const updateSkill = defineRoute({
  method: "PATCH",
  path: "/api/v1/skills/{id}",
  operationId: "updateSkill",
  summary: "Change a skill",
  tag: "Skills",
  scope: "agents:write",
  versioned: true,
  params: idParams,
  body: skillChange,
  response: { status: 200, schema: skill },
  handler: ({ context, params, body, ifMatch }) => update(context, params.id, body, ifMatch),
});
