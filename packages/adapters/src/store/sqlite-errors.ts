import {
  IncompatibleError,
  StorageFullError,
  ThrottledError,
  TooLargeError,
  UnavailableError,
} from "@aloft/core/errors";

/** @see https://www.sqlite.org/rescode.html */
const resultCodes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  tooBig: 18,
  constraint: 19,
  notADatabase: 26,
} as const;

/** An extended code: writing failed, though the disk did not say that it is full. */
const writeFailed = 778;

/** SQLite's primary result code; undefined if the error is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

/** Whether another connection was in the way, so that trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === resultCodes.busy || code === resultCodes.locked;
}

export function isConstraint(error: unknown): boolean {
  return resultCode(error) === resultCodes.constraint;
}

/** SQLite's error as the port's. Errors that are not SQLite's stay as they are. */
export function translateError(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const options = { cause: error };
  if ("errcode" in error && error.errcode === writeFailed) {
    return new StorageFullError(
      `${path} could not be written: there is no room, a limit on files is reached, or the disk fails.`,
      options,
    );
  }
  switch (code) {
    case resultCodes.busy:
    case resultCodes.locked:
      return new ThrottledError(`Another process is writing to ${path}. Try again.`, options);
    case resultCodes.full:
      return new StorageFullError(
        `The disk that holds ${path} is full: nothing was written. Free some space.`,
        options,
      );
    case resultCodes.readOnly:
      return new StorageFullError(
        `${path} cannot be written: it, its folder or its disk is read-only. Nothing was written.`,
        options,
      );
    case resultCodes.corrupt:
    case resultCodes.notADatabase:
      return damaged(path, error);
    case resultCodes.tooBig:
      return new TooLargeError("SQLite cannot hold a value this large.", options);
    default:
      return new UnavailableError(`SQLite failed on ${path}: ${error.message}.`, options);
  }
}

export function damaged(path: string, cause?: unknown): IncompatibleError {
  return new IncompatibleError(
    `${path} is not a SQLite database, or is damaged. It was left as it is. Move it away and put a backup in its place, ` +
      "or start with an empty data folder.",
    { cause },
  );
}
