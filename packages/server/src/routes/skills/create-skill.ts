import { createSkill as create } from "@aloft/core/agents/skills";
import { defineRoute } from "../../http/route.ts";
import { newSkill, skill } from "./schemas.ts";

export const createSkill = defineRoute({
  method: "POST",
  path: "/api/v1/skills",
  operationId: "createSkill",
  summary: "Create a skill",
  tag: "Skills",
  scope: "agents:write",
  body: newSkill,
  response: { status: 201, schema: skill },
  handler: ({ context, body }) => create(context, body),
});
