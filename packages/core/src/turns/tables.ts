import { z } from "zod";
import { defineTable, type Stored } from "../tables/define-table.ts";
import { id, timestamp } from "../values.ts";

/** The servers that reply to messages. One that stops in good order removes itself. */
export const servers = defineTable("servers", {
  item: z.object({
    id,
    startedAt: timestamp,
    /** Until then nobody else touches the messages that wait for it. */
    leaseUntil: timestamp,
    /** No message that waits for it was written before. */
    waitingSince: timestamp,
    /** Who settles what this one left behind. */
    settledBy: id.optional(),
  }),
  key: ["id"],
  indexes: { all: { partition: [], sort: ["startedAt"], keysOnly: true } },
});

export type ServerRecord = Stored<typeof servers>;
