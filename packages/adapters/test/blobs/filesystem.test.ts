import { BlobsError } from "@aloft/core/ports/blobs";
import { IncompatibleError, StorageFullError } from "@aloft/core/errors";
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { available } from "../../../../test/support/skip.ts";
import { openBlobs } from "../../src/blobs/index.ts";
import { filesystemFixture } from "./filesystem-fixture.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function temporary(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-blobs-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function allBelow(folder: string): { path: string; mode: number; isFile: boolean }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => {
    const path = join(folder, name);
    const { mode } = statSync(path);
    return { path, mode: mode & 0o777, isFile: statSync(path).isFile() };
  });
}

const fileOf = (folder: string, end: string) => allBelow(folder).find(({ path }) => path.endsWith(end))?.path ?? "";

test("[blobs.filesystem.private] folders and files are their owner's alone", async () => {
  await using fixture = await filesystemFixture();
  await fixture.blobs.put("a/b/c", bytes("secret"));
  const seen = allBelow(fixture.folder);
  expect(seen.filter(({ isFile }) => isFile).map(({ mode }) => mode)).toEqual([0o600]);
  for (const { mode } of seen.filter(({ isFile }) => !isFile)) expect(mode).toBe(0o700);
});

test("[blobs.filesystem.damage] a file that was changed, cut short or swapped is incompatible", async () => {
  await using fixture = await filesystemFixture();
  const { blobs, folder } = fixture;
  await blobs.put("flipped", bytes("x".repeat(100_000)));
  await blobs.put("cut", bytes("x".repeat(1000)));
  await blobs.put("swapped", bytes("other"));
  const flipped = fileOf(folder, "flipped#b");
  const content = readFileSync(flipped);
  content[50_000] = 0;
  writeFileSync(flipped, content);
  const cut = fileOf(folder, "cut#b");
  writeFileSync(cut, readFileSync(cut).subarray(0, -3));
  writeFileSync(fileOf(folder, "swapped#b"), readFileSync(flipped));
  const found = await blobs.get("flipped");
  if (found?.status !== "found") throw new Error("absent");
  await expect(collect(found.body)).rejects.toThrow(IncompatibleError);
  await expect(blobs.get("cut")).rejects.toThrow(/cut is damaged.*Restore it from a backup/);
  await expect(blobs.head("swapped")).rejects.toThrow(IncompatibleError);
});

test("[blobs.filesystem.closes] aborts, leaving, errors and reading to the end leave no file open", async () => {
  await using fixture = await filesystemFixture();
  const { blobs, folder } = fixture;
  await blobs.put("a", bytes("x".repeat(1_000_000)));
  const openFiles = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return execFileSync("readlink", [`/proc/${process.pid}/fd/${fd}`], { encoding: "utf8" }).startsWith(folder);
      } catch {
        return false;
      }
    });
  const abort = new AbortController();
  const aborted = await blobs.get("a", { signal: abort.signal });
  expect(openFiles()).toHaveLength(1);
  abort.abort(new Error("enough"));
  if (aborted?.status !== "found") throw new Error("absent");
  await expect(collect(aborted.body)).rejects.toThrow("enough");
  const left = await blobs.get("a");
  if (left?.status !== "found") throw new Error("absent");
  for await (const chunk of left.body) if (chunk.length > 0) break;
  await (await blobs.get("a"))?.[Symbol.asyncDispose]();
  const whole = await blobs.get("a");
  if (whole?.status === "found") await collect(whole.body);
  await expect(blobs.get("a", { range: { first: 2_000_000 } })).rejects.toThrow();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes("x");
    throw new Error("broken");
  }
  await expect(blobs.put("b", failing())).rejects.toThrow("broken");
  expect(openFiles()).toEqual([]);
  expect(readdirSync(join(folder, "drafts"))).toEqual([]);
});

test("[blobs.filesystem.crash] a process killed in the middle of its writes leaves every blob whole", async () => {
  await using place = await temporary();
  const writer = new URL("./writer.ts", import.meta.url);
  for (let round = 0; round < 4; round++) {
    const child = fork(writer, [place.folder, String(round)], { execArgv: ["--conditions=aloft-source"] });
    await once(child, "message");
    await new Promise((resolve) => setTimeout(resolve, 40 * round));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const blobs = await openBlobs({ type: "filesystem", folder: place.folder });
  const { items } = await blobs.list("");
  expect(items.length).toBeGreaterThan(0);
  for (const { name, sizeBytes } of items) {
    const found = await blobs.get(name);
    if (found?.status !== "found") throw new Error(`${name} is absent`);
    const text = await collect(found.body);
    expect(text).toBe(text.slice(0, 1).repeat(sizeBytes));
  }
  const drafts = join(place.folder, "drafts");
  expect(readdirSync(drafts).length).toBeGreaterThan(0);
  const yesterday = Date.now() / 1000 - 90_000;
  for (const name of readdirSync(drafts)) utimesSync(join(drafts, name), yesterday, yesterday);
  writeFileSync(join(drafts, "new"), "somebody writes this now");
  await (await openBlobs({ type: "filesystem", folder: place.folder })).close();
  expect(readdirSync(drafts)).toEqual(["new"]);
});

const tinyDisk = await available("a disk of 1 MB (tmpfs)", () => {
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "pipe" });
  execFileSync("umount", [folder]);
});
describe.runIf(tinyDisk)("a tiny disk", () => {
  test("[blobs.filesystem.full] a full disk is storage_full, nothing is stored, and what was there stays", async () => {
    await using place = await temporary();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place.folder]);
    try {
      const blobs = await openBlobs({ type: "filesystem", folder: join(place.folder, "blobs") });
      await blobs.put("kept", bytes("before"));
      for (const name of ["kept", "new"]) {
        await expect(blobs.put(name, bytes("x".repeat(2_000_000)))).rejects.toThrow(StorageFullError);
      }
      expect((await blobs.list("")).items.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([["kept", 6]]);
      await blobs.put("small", bytes("there is room for it again"));
    } finally {
      execFileSync("umount", [place.folder]);
    }
  });
});

test("[blobs.filesystem.full] where no file may grow any more, what was being written is not stored", async () => {
  await using place = await temporary();
  const writer = new URL("./writer.ts", import.meta.url).pathname;
  const shell = `trap '' XFSZ; ulimit -f 512; exec "$0" --conditions=aloft-source "$1" "$2" limited`;
  const output = execFileSync("bash", ["-c", shell, process.execPath, writer, place.folder], { encoding: "utf8" });
  expect(output).toBe("too_large");
  const blobs = await openBlobs({ type: "filesystem", folder: place.folder });
  expect((await blobs.list("")).items).toEqual([]);
  expect(readdirSync(join(place.folder, "drafts"))).toEqual([]);
});

test("[blobs.filesystem.place] a place that is no folder is named, with the setting that changes it", async () => {
  await using place = await temporary();
  const file = join(place.folder, "file");
  writeFileSync(file, "");
  for (const folder of [join(file, "blobs"), file]) {
    const error = await openBlobs({ type: "filesystem", folder }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BlobsError);
    expect(String(error)).toContain(folder);
    expect(String(error)).toContain("ALOFT_DATA_DIR");
  }
});

const ordinary = await available("a user who is not root, or setpriv", () =>
  execFileSync("setpriv", ["--version"], { stdio: "pipe" }),
);
describe.runIf(ordinary)("another user's folder", () => {
  test("[blobs.filesystem.place] a folder that may not be written is named, with who has to own it", async () => {
    await using place = await temporary();
    const folder = join(place.folder, "blobs");
    mkdirSync(folder, { mode: 0o500 });
    chmodSync(place.folder, 0o755);
    chmodSync(folder, 0o555);
    const writer = new URL("./writer.ts", import.meta.url).pathname;
    const isRoot = process.getuid?.() === 0;
    const command = [process.execPath, "--conditions=aloft-source", writer, folder, "limited"];
    const [program = "", ...args] = isRoot
      ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...command]
      : command;
    expect(execFileSync(program, args, { encoding: "utf8" })).toBe("blobs_access_denied");
  });
});

test("[blobs.filesystem.unsigned] without a secret and an address no URL is signed", async () => {
  await using place = await temporary();
  const half = [{}, { signingSecret: "x".repeat(32) }, { signingSecret: "short", baseUrl: "http://localhost/blobs" }];
  for (const settings of half) {
    const blobs = await openBlobs({ type: "filesystem", folder: place.folder, ...settings });
    const signing = blobs.signDownload("a", { expiresInSeconds: 60 });
    await expect(signing).rejects.toThrow(/signingSecret of 32 characters or more.*baseUrl/);
    await expect(signing).rejects.toMatchObject({ code: "blobs_misconfigured" });
  }
});
