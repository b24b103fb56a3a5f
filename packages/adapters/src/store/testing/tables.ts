import { defineTable } from "@aloft/core/tables/define-table";
import { z } from "zod";

/** What a writer that may be killed leaves: always in pairs, `a` and `b` of one number. */
export const pairs = defineTable("pairs", {
  item: z.object({ writer: z.string(), number: z.number().int(), side: z.enum(["a", "b"]), name: z.string() }),
  key: ["writer", "name"],
  indexes: { byNumber: { partition: ["writer"], sort: ["number"] } },
});
