import { checkBlobPrefix, cursorAfter, nameOfCursor, pageLimit } from "@aloft/core/blobs/validate";
import type { BlobInfo, BlobPage } from "@aloft/core/ports/blobs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "./filesystem-errors.ts";
import { type Entry, entryOf, folderNameOf } from "./filesystem-paths.ts";

const readAtOnce = 16;

/** A page of the names below a folder, in the order of their bytes. What is deleted meanwhile is left out. */
export async function listFolder(
  folder: string,
  prefix: string,
  options: { readonly limit?: number; readonly cursor?: string },
  read: (name: string) => Promise<BlobInfo | undefined>,
): Promise<BlobPage> {
  checkBlobPrefix(prefix);
  const limit = pageLimit(options.limit);
  const after = options.cursor === undefined ? "" : nameOfCursor(options.cursor, prefix);
  const names: string[] = [];
  for await (const name of namesIn(folder, "", prefix, after)) {
    names.push(name);
    if (names.length > limit) break;
  }
  const more = names.length > limit;
  const shown = names.slice(0, limit);
  const items: BlobPage["items"][number][] = [];
  for (let from = 0; from < shown.length; from += readAtOnce) {
    for (const info of await Promise.all(shown.slice(from, from + readAtOnce).map(read))) {
      if (info === undefined) continue;
      const { name, sizeBytes, etag, modifiedAt } = info;
      items.push({ name, sizeBytes, etag, modifiedAt });
    }
  }
  return { items, ...(more ? { next: cursorAfter(shown.at(-1) ?? "") } : {}) };
}

/** Names from `before` on: all in a folder stand together, where its name with a slash stands. */
async function* namesIn(folder: string, before: string, prefix: string, after: string): AsyncGenerator<string> {
  for (const { kind, part } of await entriesIn(folder)) {
    const name = before + part;
    if (kind === "file") {
      if (name > after && name.startsWith(prefix)) yield name;
      continue;
    }
    const mayHold = name.startsWith(prefix) || prefix.startsWith(name);
    if (mayHold && (name > after || after.startsWith(name))) {
      yield* namesIn(join(folder, folderNameOf(part)), name, prefix, after);
    }
  }
}

async function entriesIn(folder: string): Promise<Entry[]> {
  try {
    const entries = (await readdir(folder)).flatMap((fileName) => entryOf(fileName) ?? []);
    return entries.sort((a, b) => (a.part < b.part ? -1 : 1));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
