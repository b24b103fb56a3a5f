import type { Page } from "@aloft/core/ports/store";
import { z } from "zod";

/** The query of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: "Items on the page." }),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .meta({ description: "`next` or `previous` of a page of this list. Opaque: do not take it apart." }),
};

export type PageSchema<S extends z.ZodType> = z.ZodObject<{
  items: z.ZodArray<S>;
  next: z.ZodNullable<z.ZodString>;
  previous: z.ZodNullable<z.ZodString>;
}>;

/** The answer of every list. */
export function pageOf<S extends z.ZodType>(item: S): PageSchema<S> {
  return z.object({ items: z.array(item), next: z.string().nullable(), previous: z.string().nullable() });
}

export interface PageAnswer<I> {
  readonly items: readonly I[];
  readonly next: string | null;
  readonly previous: string | null;
}

export function toPage<I>(page: Page<I>): PageAnswer<I> {
  return { items: page.items, next: page.next ?? null, previous: page.previous ?? null };
}
