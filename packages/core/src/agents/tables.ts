import { z } from "zod";
import { defineTable } from "../tables/define-table.ts";
import { id, name, timestamp } from "../values.ts";

export const agents = defineTable("agents", {
  item: z.object({
    id,
    organizationId: id,
    name,
    description: z.string().max(500),
    /** The system prompt. */
    instructions: z.string().max(32_000),
    /** `provider/model`; absent: the server's default. */
    model: z.string().max(200).optional(),
    /** Names of built-in tools it may call. */
    tools: z.array(z.string().max(64)).max(32),
    skillIds: z.array(id).max(32),
    /** Calls to the model within one reply, tools between them. */
    maxSteps: z.number().int().min(1).max(20),
    createdBy: id,
    createdAt: timestamp,
    updatedAt: timestamp,
  }),
  key: ["id"],
  indexes: { byOrganization: { partition: ["organizationId"], sort: ["createdAt"] } },
});

export const skills = defineTable("skills", {
  item: z.object({
    id,
    organizationId: id,
    name,
    description: z.string().max(500),
    /** Added to the instructions of the agents that have the skill. */
    content: z.string().min(1).max(64_000),
    createdBy: id,
    createdAt: timestamp,
    updatedAt: timestamp,
  }),
  key: ["id"],
  indexes: { byOrganization: { partition: ["organizationId"], sort: ["createdAt"] } },
});
