import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { IncompatibleError, InvalidError, KeysError } from "@aloft/core/errors";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileKeys } from "./file.ts";
import type { KeyFileContent } from "./key-file-content.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aloft-keys-"));
  path = join(folder, "keys.json");
});
afterEach(() => rm(folder, { recursive: true }));

const context = { purpose: "test.value", record: { id: "1" } };
const content = async () => JSON.parse(await readFile(path, "utf8")) as KeyFileContent;
const error = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => expect.unreachable("it did not fail"),
    (thrown: unknown) => thrown as Error,
  );

/** Runs code over a `keys` of the file in processes of their own, all at once. */
async function inProcesses(count: number, code: string): Promise<string[]> {
  const script = `
    const { fileKeys } = await import(${JSON.stringify(new URL("file.ts", import.meta.url).href)});
    const keys = await fileKeys({ path: ${JSON.stringify(path)} });
    ${code}
    await keys.close();`;
  const args = ["--conditions=aloft-source", "--input-type=module", "--eval", script];
  const runs = Array.from({ length: count }, () => promisify(execFile)(process.execPath, args));
  return (await Promise.all(runs)).map(({ stdout }) => stdout.trim());
}

describe("a new file", () => {
  test(
    "[keys.file.once] is made once, however many processes start at the same moment",
    { timeout: 60_000 },
    async () => {
      const ids = await inProcesses(12, `console.log((await keys.status()).sealing[0].keyId);`);
      expect(new Set(ids).size).toBe(1);
      expect((await content()).sealing.map(({ id }) => id)).toEqual([ids[0]]);
      expect(await readdir(folder)).toEqual(["keys.json"]);
    },
  );

  test("[keys.file.once] is made once, however often one process opens it at once", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => fileKeys({ path })));
    const sealed = await all[0]?.sealText("x", context);
    for (const keys of all) expect(await keys.openText(sealed ?? "", context)).toBe("x");
  });

  test("[keys.file.once] is its owner's alone, and says in itself what it is", async () => {
    await fileKeys({ path });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await content()).about).toMatch(/cannot be opened without them\. Keep a copy/);
  });

  test("[keys.file.once] cannot be made where nothing can be, and that is told", async () => {
    const said = await error(fileKeys({ path: join(folder, "nowhere", "keys.json") }));
    expect(said.message).toMatch(/nowhere\/keys\.json cannot be written \(ENOENT\)/);
  });
});

describe("a file that is not right", () => {
  const whole = async () => {
    await fileKeys({ path });
    return content();
  };
  test.each<[string, (text: KeyFileContent) => unknown]>([
    ["empty", () => ""],
    ["no JSON", () => "{"],
    ["something else", () => ({ hello: "world" })],
    ["without keys", (file) => ({ ...file, sealing: [] })],
    ["with a key that is short", (file) => ({ ...file, sealing: [{ ...file.sealing[0], key: "AAAA" }] })],
    ["with a key whose name was changed", (file) => ({ ...file, sealing: [{ ...file.sealing[0], id: "other" }] })],
    ["with versions out of order", (file) => ({ ...file, sealing: [...file.sealing, ...file.sealing] })],
    ["with a signing key that is not its name's", (file) => ({ ...file, signing: [{ ...file.signing[0], kid: "x" }] })],
    [
      "with a private key that is not its public one's",
      (file) => ({ ...file, signing: [{ ...file.signing[0], d: "x" }] }),
    ],
    ["with a minimum above every version", (file) => ({ ...file, minimumVersion: 2 })],
  ])("[keys.file.damaged] %s: said so, and left as it is", async (_what, damage) => {
    const damaged = damage(await whole());
    const text = typeof damaged === "string" ? damaged : JSON.stringify(damaged);
    await writeFile(path, text);
    const said = await error(fileKeys({ path }));
    expect(said).toBeInstanceOf(KeysError);
    expect(said.message).toBe(
      `${path} is damaged. Restore it from a backup: without it, nothing that it sealed can be opened. It was left as it is.`,
    );
    expect(await readFile(path, "utf8")).toBe(text);
  });

  test("[keys.file.damaged] of newer code, no file, or in no folder: said so", async () => {
    await writeFile(path, JSON.stringify({ ...(await whole()), format: 2 }));
    expect(await error(fileKeys({ path }))).toBeInstanceOf(IncompatibleError);
    await mkdir(join(folder, "folder"));
    expect((await error(fileKeys({ path: join(folder, "folder") }))).message).toMatch(/is not a file/);
    expect((await error(fileKeys({ path: join(path, "keys.json") }))).message).toMatch(/a folder is a file/);
  });

  test("[keys.file.damaged] gone or damaged while it is in use: the probe says so, and it is never made anew", async () => {
    await using keys = await fileKeys({ path });
    const text = await readFile(path, "utf8");
    await rm(path);
    expect((await error(keys.check())).message).toMatch(/is gone\. Restore it from a backup/);
    expect((await error(keys.rotate({ what: "sealing" }))).message).toMatch(/is gone/);
    await writeFile(path, text.slice(0, 100));
    expect((await error(keys.check())).message).toMatch(/is damaged/);
    expect((await error(keys.rotate({ what: "signing" }))).message).toMatch(/is damaged/);
    await writeFile(path, text);
    await keys.check();
  });

  test("[keys.file.open] that others may read: narrowed, and told once", async () => {
    await fileKeys({ path });
    await chmod(path, 0o644);
    const notices: string[] = [];
    await fileKeys({ path, onNotice: (notice) => notices.push(notice) });
    await fileKeys({ path, onNotice: (notice) => notices.push(notice) });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(notices).toEqual([expect.stringContaining("could be read by others on this machine. It no longer can")]);
  });
});

describe("rotation", () => {
  test("[keys.rotate.together] by many processes at once, each is done whole", { timeout: 60_000 }, async () => {
    await inProcesses(8, `await Promise.all([keys.rotate({ what: "sealing" }), keys.rotate({ what: "sealing" })]);`);
    const { sealing } = await content();
    expect(sealing.map(({ version }) => version)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    expect(new Set(sealing.map(({ id }) => id)).size).toBe(17);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("[keys.rotate.noticed] by another process is taken up within seconds; what it sealed opens at once", async () => {
    await using running = await fileKeys({ path });
    await running.sealText("warm", context);
    await using other = await fileKeys({ path });
    const { keyId } = await other.rotate({ what: "sealing" });
    const sealed = await other.sealText("by the new one", context);
    expect(await running.openText(sealed, context)).toBe("by the new one");
    await expect
      .poll(async () => (await running.sealedBy(await running.sealText("x", context))).keyId, { timeout: 5000 })
      .toBe(keyId);
  });

  test("[keys.rotate.minimum] what is older than the minimum is refused, and the error says what to do", async () => {
    await using keys = await fileKeys({ path });
    const first = await keys.sealText("first", context);
    await keys.rotate({ what: "sealing" });
    const second = await keys.sealText("second", context);
    await keys.rotate({ what: "sealing", minimumVersion: 2 });
    expect(await keys.openText(second, context)).toBe("second");
    const said = await error(keys.openText(first, context));
    expect(said).toMatchObject({ code: "keys", reason: "key_unavailable" });
    expect(said.message).toMatch(/sealed by version 1 .* refuses what is older than version 2\. .* aloft keys reseal/);
    expect((await keys.status()).sealing.map(({ state }) => state)).toEqual(["refused", "previous", "current"]);
    await expect(keys.rotate({ what: "sealing", minimumVersion: 9 })).rejects.toBeInstanceOf(InvalidError);
    await writeFile(path, JSON.stringify({ ...(await content()), minimumVersion: 1 }), { mode: 0o600 });
    await keys.check();
    expect(await keys.openText(first, context)).toBe("first");
  });
});
