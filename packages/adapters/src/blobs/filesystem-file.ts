import { defaultContentType, noSuchRange } from "@aloft/core/blobs/validate";
import { IncompatibleError, UnavailableError } from "@aloft/core/errors";
import type { BlobInfo, PutBlobOptions } from "@aloft/core/ports/blobs";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Tally } from "./body.ts";
import { codeOf } from "./filesystem-errors.ts";

/**
 * A blob is one file, so that it is there whole or not at all: its bytes, then what is known of them as JSON, then
 * that JSON's length in four bytes and a mark. Bytes stand where they stand in the blob, so a range is a plain read.
 */
const mark = Buffer.from("ALOFTBL1", "ascii");
const endBytes = 4 + mark.length;
const maxTrailerBytes = 16 * 1024;
const chunkBytes = 256 * 1024;

interface Trailer {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly modifiedAt: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OpenFile {
  readonly handle: FileHandle;
  readonly info: BlobInfo;
  readonly sha256: string;
}

export function trailerOf(
  name: string,
  { sizeBytes }: Tally,
  sha256: string,
  options: PutBlobOptions,
  now: Date,
): Buffer {
  const trailer: Trailer = {
    name,
    sizeBytes,
    sha256,
    contentType: options.contentType ?? defaultContentType,
    modifiedAt: now.toISOString(),
    metadata: options.metadata ?? {},
  };
  const json = Buffer.from(JSON.stringify(trailer));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([json, length, mark]);
}

/** Writes all of it, however much the system takes at once. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}

/**
 * The blob at a path, open to be read; undefined if there is none.
 * @throws {IncompatibleError} the file is not as it was written.
 */
export async function openFile(path: string, name: string): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { sha256, modifiedAt, ...trailer } = await readTrailer(handle, name);
    const info = { ...trailer, etag: etagOf(sha256), modifiedAt: new Date(modifiedAt) };
    return { handle, info, sha256 };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function etagOf(sha256: string): string {
  return `"${sha256}"`;
}

async function readTrailer(handle: FileHandle, name: string): Promise<Trailer> {
  const { size } = await handle.stat();
  const tail = Buffer.alloc(Math.min(size, maxTrailerBytes));
  await readExactly(handle, tail, size - tail.length, name);
  const jsonEnd = tail.length - endBytes;
  if (jsonEnd < 0 || !tail.subarray(-mark.length).equals(mark)) throw damaged(name);
  const jsonStart = jsonEnd - tail.readUInt32BE(jsonEnd);
  if (jsonStart < 0) throw damaged(name);
  const trailer = parsed(tail.subarray(jsonStart, jsonEnd), name);
  if (trailer.name !== name || trailer.sizeBytes !== size - (tail.length - jsonStart)) throw damaged(name);
  return trailer;
}

function parsed(json: Buffer, name: string): Trailer {
  try {
    return JSON.parse(json.toString("utf8")) as Trailer;
  } catch (cause) {
    throw damaged(name, cause);
  }
}

async function readExactly(handle: FileHandle, into: Buffer, position: number, name: string): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw damaged(name);
    done += bytesRead;
  }
}

/** Reads from `first` to `last`, and closes the file. All of a blob is held against its checksum. */
export async function* readRange(
  { handle, info, sha256 }: OpenFile,
  { first, last }: { readonly first: number; readonly last: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (first > info.sizeBytes) throw noSuchRange(info.sizeBytes);
  const hash = first === 0 && last === info.sizeBytes - 1 ? createHash("sha256") : undefined;
  try {
    for (let position = first; position <= last;) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, last - position + 1));
      await readExactly(handle, chunk, position, info.name);
      position += chunk.length;
      hash?.update(chunk);
      if (position > last && hash !== undefined && hash.digest("hex") !== sha256) throw damaged(info.name);
      yield chunk;
    }
  } catch (error) {
    if (codeOf(error) !== "EBADF") throw error;
    throw new UnavailableError(`${info.name} was closed while it was read.`, { cause: error });
  } finally {
    await handle.close();
  }
}

function damaged(name: string, cause?: unknown): IncompatibleError {
  const message = `The file of the blob ${name} is damaged: it is not as it was written. Restore it from a backup.`;
  return new IncompatibleError(message, { cause });
}
