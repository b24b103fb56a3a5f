import { join } from "node:path";

/**
 * Where a name's file is, below a folder. Each part between slashes is a folder, the last one a file. File systems that
 * tell no cases apart must not merge two names, so capitals are written `^a`; what ends a folder's and a file's name
 * differs, so `a` and `a/b` may both be there. Neither `^` nor `#` may stand in a blob's name.
 */
export function pathOf(folder: string, name: string): string {
  const parts = name.split("/").map(encoded);
  const file = parts.pop() ?? "";
  return join(folder, ...parts.map((part) => part + folderEnd), file + fileEnd);
}

const folderEnd = "#";
const fileEnd = "#b";

function encoded(part: string): string {
  return part.replaceAll(/[A-Z]/g, (letter) => `^${letter.toLowerCase()}`);
}

function decoded(part: string): string {
  return part.replaceAll(/\^([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

export interface Entry {
  readonly kind: "file" | "folder";
  /** The part of the blob's name; of a folder with its slash. */
  readonly part: string;
}

/** What an entry of a folder stands for; undefined if it is none of ours. */
export function entryOf(fileName: string): Entry | undefined {
  if (fileName.endsWith(fileEnd)) return { kind: "file", part: decoded(fileName.slice(0, -fileEnd.length)) };
  if (fileName.endsWith(folderEnd))
    return { kind: "folder", part: `${decoded(fileName.slice(0, -folderEnd.length))}/` };
  return undefined;
}

/** The folder's name on disk, of a part as {@link entryOf} gives it. */
export function folderNameOf(part: string): string {
  return encoded(part.slice(0, -1)) + folderEnd;
}
