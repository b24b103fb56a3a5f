import { agents } from "@aloft/core/agents/tables";
import { id, name } from "@aloft/core/values";
import { z } from "zod";
import { text, version } from "../common.ts";

export const agent = agents.item.extend({ version }).meta({ id: "Agent" });

const fields = {
  name,
  description: text(500),
  instructions: text(32_000).meta({ description: "The system prompt." }),
  model: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .meta({
      description: "`provider/model` of GET /models; null: the server's default.",
      examples: ["anthropic/claude-sonnet-5-5"],
    }),
  tools: z.array(z.string().max(64)).max(32).meta({ description: "Names of GET /tools." }),
  skillIds: z.array(id).max(32),
  maxSteps: z.number().int().min(1).max(20).meta({ description: "Calls to the model within one reply." }),
};

export const newAgent = z.object({
  organizationId: id.optional(),
  name: fields.name,
  description: fields.description.default(""),
  instructions: fields.instructions.default(""),
  model: fields.model.default(null),
  tools: fields.tools.default([]),
  skillIds: fields.skillIds.default([]),
  maxSteps: fields.maxSteps.default(5),
});

export const agentChange = z.object(fields).partial();
