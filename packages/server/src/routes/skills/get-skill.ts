import { getSkill as get } from "@aloft/core/agents/skills";
import { idParams } from "../common.ts";
import { defineRoute } from "../../http/route.ts";
import { skill } from "./schemas.ts";

export const getSkill = defineRoute({
  method: "GET",
  path: "/api/v1/skills/{id}",
  operationId: "getSkill",
  summary: "One skill",
  tag: "Skills",
  scope: "agents:read",
  params: idParams,
  response: { status: 200, schema: skill },
  handler: ({ context, params }) => get(context, params.id),
});
