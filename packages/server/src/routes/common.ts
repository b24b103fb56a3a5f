import { id } from "@aloft/core/values";
import { z } from "zod";

/** The parameter of every route about one thing. */
export const idParams = z.object({ id });

/** The query of every list that belongs to an organization. */
export const organizationQuery = {
  organizationId: id.optional().meta({ description: "Default: your own organization." }),
};

/** What every stored thing answers with: sent back as `If-Match`, it keeps one writer from undoing another. */
export const version = z.number().int().meta({ description: "Rises with every change. Also the ETag." });

/** Text that every store can hold. */
export const text = (max: number) => z.string().max(max).refine(isStorable, "must be whole Unicode without U+0000");

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}
