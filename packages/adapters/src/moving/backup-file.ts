import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { link, mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { AloftError, IncompatibleError, StorageFullError } from "@aloft/core/errors";

/*
 * A backup is one file: a line that says what it is, a SQLite store packed by gzip, a manifest as JSON, the manifest's
 * SHA-256, and its length in four bytes. The manifest has the SHA-256 of all before it and of the store, unpacked.
 */

export interface BackedUpTable {
  readonly table: string;
  readonly items: number;
  readonly digest: string;
}

export interface BackupManifest {
  /** When the store held what is in it: what expired before is not. */
  readonly takenAt: string;
  readonly schemaVersion: number;
  /** The engine it came from. */
  readonly engine: string;
  readonly tables: readonly BackedUpTable[];
}

interface SealedManifest extends BackupManifest {
  readonly packedSha256: string;
  readonly storeSha256: string;
}

const magic = Buffer.from("aloft backup 1\n");
const sealBytes = 32 + 4;
const maxManifestBytes = 1024 * 1024;
/** More costs much time and saves little. */
const compressionLevel = 3;

/**
 * Makes a backup: `fill` writes a SQLite store to the path it is given and says what is in it. The file appears whole
 * once it was read back, and readable by its owner alone, or not at all.
 * @throws {BackupExistsError} something is there already; it stays.
 * @throws {StorageFullError} the disk is full or may not be written.
 */
export async function writeBackup(
  file: string,
  fill: (storePath: string) => Promise<BackupManifest>,
): Promise<BackupManifest & { readonly bytes: number }> {
  const path = resolve(file);
  if (existsSync(path)) throw new BackupExistsError(path);
  await using folder = await workFolder(dirname(path), basename(path), path);
  try {
    const storePath = join(folder.path, "aloft.db");
    const manifest = await fill(storePath);
    const packed = join(folder.path, "packed");
    const bytes = await pack(storePath, packed, manifest);
    await (await openBackup(packed)).check();
    await link(packed, path);
    await syncFolder(dirname(path));
    return { ...manifest, bytes };
  } catch (error) {
    throw translate(error, path);
  }
}

export class BackupExistsError extends AloftError {
  readonly code = "backup_exists";

  constructor(path: string) {
    super(`${path} is there already, and a backup replaces nothing. Give another name, or move it away.`);
  }
}

export interface OpenedBackup {
  readonly manifest: BackupManifest;
  /** What tells this backup from every other. */
  readonly fingerprint: string;
  /** Unpacks it without keeping anything. @throws {IncompatibleError} it is damaged. */
  readonly check: () => Promise<void>;
  /** @throws {IncompatibleError} it is damaged. @throws {StorageFullError} */
  readonly unpack: (storePath: string) => Promise<void>;
}

/**
 * Reads what a backup says of itself, and that none of it has changed since.
 * @throws {IncompatibleError} it is no backup, was cut off or is damaged.
 */
export async function openBackup(path: string): Promise<OpenedBackup> {
  const { manifest, end } = await readManifest(path);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { end: end - 1 }), hashing(hash), discard());
  if (hash.digest("hex") !== manifest.packedSha256) throw damagedBackup(path);
  const unpack = async (to: Writable): Promise<void> => {
    const unpacked = createHash("sha256");
    const packed = createReadStream(path, { start: magic.length, end: end - 1 });
    try {
      await pipeline(packed, createGunzip(), hashing(unpacked), to);
    } catch (error) {
      throw translate(error, path);
    }
    if (unpacked.digest("hex") !== manifest.storeSha256) throw damagedBackup(path);
  };
  return {
    manifest,
    fingerprint: manifest.storeSha256.slice(0, 16),
    check: () => unpack(discard()),
    unpack: (storePath) => unpack(createWriteStream(storePath, { mode: 0o600, flags: "wx" })),
  };
}

/** A folder beside the file, so that a link can give what was made in it the file's name. */
async function workFolder(
  parent: string,
  name: string,
  file: string,
): Promise<{ readonly path: string } & AsyncDisposable> {
  try {
    const path = await mkdtemp(join(parent, `.${name}.`));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw translate(error, file);
  }
}

async function pack(storePath: string, packed: string, manifest: BackupManifest): Promise<number> {
  const [unpackedHash, packedHash] = [createHash("sha256"), createHash("sha256")];
  await using handle = await open(packed, "wx", 0o600);
  await handle.write(magic);
  packedHash.update(magic);
  await pipeline(
    createReadStream(storePath),
    hashing(unpackedHash),
    createGzip({ level: compressionLevel }),
    hashing(packedHash),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk);
    },
  );
  const sealed: SealedManifest = {
    ...manifest,
    packedSha256: packedHash.digest("hex"),
    storeSha256: unpackedHash.digest("hex"),
  };
  const text = Buffer.from(JSON.stringify(sealed));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  await handle.write(Buffer.concat([text, createHash("sha256").update(text).digest(), length]));
  await handle.sync();
  return (await handle.stat()).size;
}

async function readManifest(path: string): Promise<{ readonly manifest: SealedManifest; readonly end: number }> {
  await using handle = await openFile(path);
  const { size } = await handle.stat();
  const read = async (from: number, length: number): Promise<Buffer> => {
    if (from < 0 || length < 0) return Buffer.alloc(0);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  if (!(await read(0, magic.length)).equals(magic)) {
    throw new IncompatibleError(`${path} is no backup of Aloft's. Nothing was changed.`);
  }
  const seal = await read(size - sealBytes, sealBytes);
  const length = seal.length === sealBytes ? seal.readUInt32BE(32) : 0;
  if (length === 0 || length > maxManifestBytes) throw damagedBackup(path);
  const end = size - sealBytes - length;
  const text = await read(end, length);
  if (end < magic.length || !createHash("sha256").update(text).digest().equals(seal.subarray(0, 32))) {
    throw damagedBackup(path);
  }
  return { manifest: JSON.parse(text.toString()) as SealedManifest, end };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new IncompatibleError(`There is no backup ${path}. Nothing was changed.`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new IncompatibleError(`The backup ${path} cannot be read: ${reason}. Nothing was changed.`, { cause: error });
  }
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

function damagedBackup(path: string, cause?: unknown): IncompatibleError {
  return new IncompatibleError(`The backup ${path} was cut off or is damaged. Nothing was changed. Take another.`, {
    cause,
  });
}

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const forbidden = new Set(["EACCES", "EPERM", "EROFS"]);

function translate(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const options = { cause: error };
  if (error.code.startsWith("Z_")) return damagedBackup(path, error);
  if (error.code === "EEXIST") return new BackupExistsError(path);
  if (full.has(error.code)) {
    return new StorageFullError(`There is no room for ${path}: nothing of it was kept. Free some space.`, options);
  }
  if (forbidden.has(error.code)) {
    return new StorageFullError(`${path} cannot be written: its folder is read-only, or belongs to another.`, options);
  }
  if (error.code === "ENOENT") {
    return new StorageFullError(
      `${path} cannot be written: there is no folder ${dirname(path)}. Make it first.`,
      options,
    );
  }
  return error;
}
