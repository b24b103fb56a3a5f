import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { IncompatibleError, StorageFullError } from "@aloft/core/errors";
import type { CopyState, Journal } from "@aloft/core/moving/journal";

/** Which copy a journal is of. None of it is secret. */
export interface CopyIdentity {
  readonly from: string;
  readonly to: string;
  readonly schemaVersion: number;
}

export interface JournalFile extends Journal {
  /** The copy is done: a next one begins anew. */
  readonly remove: () => void;
}

const format = "aloft copy journal 1";

/**
 * Keeps a copy's state in a file, replaced whole at every save, so that it is there however the process ends.
 * @throws {IncompatibleError} the file is of another copy, another schema, or no journal.
 * @throws {StorageFullError} the file cannot be written.
 */
export function journalFile(path: string, identity: CopyIdentity): JournalFile {
  const found = read(path);
  if (found !== undefined) checkIdentity(path, found, identity);
  return {
    state: found === undefined ? undefined : { loaded: found.loaded },
    save: (state: CopyState) => {
      const text = `${JSON.stringify({ format, ...identity, ...state })}\n`;
      try {
        writeFileSync(`${path}.new`, text, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const message = `The journal ${path} cannot be written: ${error.message}. Give another place with --journal.`;
        throw new StorageFullError(message, { cause: error });
      }
    },
    remove: () => rmSync(path, { force: true }),
  };
}

type Found = CopyIdentity & CopyState & { readonly format: string };

function read(path: string): Found | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Partial<Found> | null;
    if (value?.format === format && typeof value.loaded === "object") return value as Found;
  } catch {
    // What is no JSON is no journal either.
  }
  throw new IncompatibleError(`${path} is no journal of a copy. It was left as it is. Give another with --journal.`);
}

function checkIdentity(path: string, found: Found, identity: CopyIdentity): void {
  if (found.from !== identity.from || found.to !== identity.to) {
    throw new IncompatibleError(
      `The journal ${path} is of a copy from ${found.from} to ${found.to}, not from ${identity.from} to ${identity.to}. ` +
        "Give another with --journal, or delete it if that copy is not to go on.",
    );
  }
  if (found.schemaVersion !== identity.schemaVersion) {
    throw new IncompatibleError(
      `The journal ${path} is of a copy with schema ${found.schemaVersion}, this is ${identity.schemaVersion}. Go on with ` +
        "the version that began it, or empty the target, delete the journal and begin anew.",
    );
  }
}
