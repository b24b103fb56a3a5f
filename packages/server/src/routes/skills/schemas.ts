import { skills } from "@aloft/core/agents/tables";
import { id, name } from "@aloft/core/values";
import { z } from "zod";
import { text, version } from "../common.ts";

export const skill = skills.item.extend({ version }).meta({ id: "Skill" });

const fields = {
  name,
  description: text(500),
  content: text(64_000).min(1).meta({ description: "Added to the instructions of agents that have the skill." }),
};
export const newSkill = z.object({
  organizationId: id.optional(),
  ...fields,
  description: fields.description.default(""),
});
export const skillChange = z.object(fields).partial();
