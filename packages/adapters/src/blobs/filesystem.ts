import { checkBlobName, checkPutOptions, checksumMismatch, resolveRange } from "@aloft/core/blobs/validate";
import { ConflictError, UnavailableError } from "@aloft/core/errors";
import type { BlobInfo, Blobs, FoundBlob, GetBlobOptions, PutBlobOptions } from "@aloft/core/ports/blobs";
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../store/folder.ts";
import { chunksOf, count, tally } from "./body.ts";
import type { BlobsConfig, OpenBlobsOptions } from "./config.ts";
import { codeOf, translateFileError } from "./filesystem-errors.ts";
import { etagOf, openFile, type OpenFile, readRange, trailerOf, writeAll } from "./filesystem-file.ts";
import { listFolder } from "./filesystem-list.ts";
import { pathOf } from "./filesystem-paths.ts";
import { signedUrls } from "./signed-urls.ts";

type FilesystemConfig = Omit<Extract<BlobsConfig, { type: "filesystem" }>, "type">;

/** Older drafts are of a process that was killed. */
const maxDraftAgeMs = 24 * 60 * 60_000;
const maxPlaceAttempts = 100;

/**
 * Blobs as files below a folder, readable by their owner alone. A blob is written beside its place, synced and then
 * moved there, so a crash leaves the old one or the new one, and at most a draft that a later start removes.
 */
export async function filesystemBlobs(config: FilesystemConfig, options: OpenBlobsOptions = {}): Promise<Blobs> {
  const folder = join(config.folder, "objects");
  const drafts = join(config.folder, "drafts");
  const now = options.now ?? (() => new Date());
  let closed = false;

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new UnavailableError("The blobs are closed.");
    try {
      return await work();
    } catch (error) {
      throw translateFileError(error, config.folder);
    }
  }

  await guarded(async () => {
    makeFolder(folder);
    makeFolder(drafts);
    await removeOldDrafts(drafts, now());
  });

  const withoutSigning = {
    engine: "filesystem",
    put: (name, body, putOptions = {}) =>
      guarded(async () => {
        checkBlobName(name);
        checkPutOptions(putOptions);
        await using draft = await createDraft(drafts);
        const seen = tally();
        for await (const chunk of chunksOf(body, putOptions.signal)) {
          count(seen, chunk);
          await writeAll(draft.handle, chunk);
        }
        const sha256 = seen.hash.digest("hex");
        if (putOptions.sha256 !== undefined && putOptions.sha256 !== sha256) throw checksumMismatch(name);
        await writeAll(draft.handle, trailerOf(name, seen, sha256, putOptions, now()));
        await draft.handle.sync();
        putOptions.signal?.throwIfAborted();
        await place(folder, draft.path, name, putOptions);
        return { etag: etagOf(sha256), sizeBytes: seen.sizeBytes, sha256 };
      }),
    get: (name, getOptions = {}) =>
      guarded(async () => {
        checkBlobName(name);
        getOptions.signal?.throwIfAborted();
        const file = await openFile(pathOf(folder, name), name);
        return file === undefined ? undefined : await answer(file, getOptions, config.folder);
      }),
    head: (name) =>
      guarded(async () => {
        checkBlobName(name);
        return infoAt(folder, name);
      }),
    delete: (name) =>
      guarded(async () => {
        checkBlobName(name);
        await remove(folder, pathOf(folder, name));
      }),
    list: (prefix, listOptions = {}) =>
      guarded(() => listFolder(folder, prefix, listOptions, (name) => infoAt(folder, name))),
    check: () =>
      guarded(async () => {
        await using draft = await createDraft(drafts);
        await writeAll(draft.handle, new Uint8Array(1));
      }),
    async close() {
      closed = true;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
    },
  } satisfies Omit<Blobs, "signUpload" | "signDownload">;
  return { ...withoutSigning, ...signedUrls(withoutSigning, config, now) };
}

async function infoAt(folder: string, name: string): Promise<BlobInfo | undefined> {
  const file = await openFile(pathOf(folder, name), name);
  await file?.handle.close();
  return file?.info;
}

async function answer(file: OpenFile, options: GetBlobOptions, folder: string): ReturnType<Blobs["get"]> {
  const { handle, info } = file;
  const close = () => handle.close();
  if (options.ifNoneMatch?.includes(info.etag) === true) {
    await close();
    return { status: "not-modified", etag: info.etag, async [Symbol.asyncDispose]() {} };
  }
  let part: { first: number; last: number } | undefined;
  try {
    part = options.range === undefined ? undefined : resolveRange(options.range, info.sizeBytes);
  } catch (error) {
    await close();
    throw error;
  }
  const bytes = readRange(file, part ?? { first: 0, last: info.sizeBytes - 1 }, options.signal);
  const found: FoundBlob = {
    status: "found",
    info,
    ...(part === undefined ? {} : { range: part }),
    body: translated(bytes, folder),
    [Symbol.asyncDispose]: close,
  };
  return found;
}

async function* translated(bytes: AsyncIterable<Uint8Array>, folder: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw translateFileError(error, folder);
  }
}

/** A file to be written, gone once it is left unless it was moved. */
async function createDraft(drafts: string) {
  const path = join(drafts, randomUUID());
  const handle = await open(path, "wx", 0o600);
  return {
    path,
    handle,
    async [Symbol.asyncDispose]() {
      await handle.close();
      await unlessMissing(unlink(path));
    },
  };
}

/** Moves a draft to its place. Its folders may be removed at that moment, being empty: then they are made again. */
async function place(folder: string, draft: string, name: string, { ifNoneMatch }: PutBlobOptions): Promise<void> {
  const path = pathOf(folder, name);
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await (ifNoneMatch === undefined ? rename(draft, path) : link(draft, path));
      return await syncFolders(dirname(path), made === undefined && attempt === 1 ? dirname(path) : folder);
    } catch (error) {
      if (codeOf(error) === "EEXIST") {
        throw new ConflictError(`There is a blob ${name} already.`, { reason: "exists", table: "blobs" });
      }
      if (codeOf(error) !== "ENOENT" || attempt === maxPlaceAttempts) throw error;
    }
  }
}

/** What was moved into a folder outlives a crash once the folder is synced, and so on up to where folders were made. */
async function syncFolders(from: string, upTo: string): Promise<void> {
  for (let folder = from; ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === upTo) return;
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    // Removed meanwhile: nothing is left in it to be kept.
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

async function remove(folder: string, path: string): Promise<void> {
  if (!(await unlessMissing(unlink(path)))) return;
  let parent = dirname(path);
  await syncFolder(parent);
  for (; parent !== folder; parent = dirname(parent)) {
    try {
      await rmdir(parent);
    } catch (error) {
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error) ?? "")) return;
      throw error;
    }
  }
}

async function removeOldDrafts(drafts: string, now: Date): Promise<void> {
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (now.getTime() - mtimeMs > maxDraftAgeMs) await unlessMissing(unlink(path));
  }
}

/** Whether it was there. */
async function unlessMissing(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
