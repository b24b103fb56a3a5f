import { AloftError, StorageFullError, TooLargeError, UnavailableError } from "@aloft/core/errors";
import { BlobsError } from "@aloft/core/ports/blobs";

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The system's error as the port's. Errors that are not the file system's stay as they are. */
export function translateFileError(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  if (error instanceof AloftError || code === undefined || !(error instanceof Error) || !("syscall" in error)) {
    return error;
  }
  const options = { cause: error };
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new StorageFullError(
        `The disk that holds ${folder} is full: nothing was stored. Free some space.`,
        options,
      );
    case "EROFS":
      return new StorageFullError(`The disk that holds ${folder} is read-only: nothing was stored.`, options);
    case "EFBIG":
      return new TooLargeError(`The system lets no file in ${folder} grow so large: nothing was stored.`, options);
    case "EACCES":
    case "EPERM":
      return new BlobsError(
        "blobs_access_denied",
        `This user may not read and write ${folder}. Let it own the folder (chown -R), or choose another by ALOFT_DATA_DIR.`,
        options,
      );
    case "EEXIST":
    case "ENOTDIR":
      return new BlobsError(
        "blobs_misconfigured",
        `${folder} is no folder, or a part of its path is none. Choose another by ALOFT_DATA_DIR.`,
        options,
      );
    case "EMFILE":
    case "ENFILE":
      return new UnavailableError(
        "Too many files are open: raise the limit (ulimit -n), or ask for less at once.",
        options,
      );
    default:
      return new UnavailableError(`The file system failed on ${folder}: ${code}.`, options);
  }
}
