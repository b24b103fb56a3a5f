import { KeysError } from "@aloft/core/errors";
import type { Keys } from "@aloft/core/ports/keys";
import { sealedAttributes } from "@aloft/core/sealed";
import { openData } from "../data-folder.ts";
import type { Io } from "../io.ts";

/** How many stored values a key older than this version sealed. */
export async function countSealedBelow(io: Io, keys: Keys, data: string | undefined, minimum: number): Promise<number> {
  await using store = await openData(io, data);
  let below = 0;
  for (const { table, attribute } of sealedAttributes) {
    let cursor: string | undefined;
    do {
      const page = await store.scan(table, { limit: 1000, cursor });
      for (const item of page.items as readonly Readonly<Record<string, unknown>>[]) {
        const value = item[attribute];
        if (typeof value === "string" && ((await versionOf(keys, value)) ?? minimum) < minimum) below += 1;
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return below;
}

/** Undefined for what these keys cannot open anyway. */
async function versionOf(keys: Keys, value: string): Promise<number | undefined> {
  try {
    return (await keys.sealedBy(value)).version;
  } catch (error) {
    if (error instanceof KeysError) return undefined;
    throw error;
  }
}
