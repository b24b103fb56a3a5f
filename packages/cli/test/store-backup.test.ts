import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { messages } from "@aloft/core/conversations/tables";
import { users } from "@aloft/core/identity/tables";
import { op, type Store } from "@aloft/core/ports/store";
import { root, runAloft } from "../../../test/support/child.ts";
import { runCli } from "../src/testing.ts";
import { fillStore, itemsOf, openFolder } from "./support/fill-store.ts";

const messageCount = 3000;
let folder: string;
let source: string;
let backup: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aloft-backup-"));
  source = `sqlite:${join(folder, "source")}`;
  backup = join(folder, "whole.backup");
  await using store = await openFolder(join(folder, "source"));
  await fillStore(store, messageCount);
  const { code, err } = await backUp(backup);
  expect(code, err).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

let names = 0;
const fresh = (name = "target"): string => join(folder, `${name}-${++names}`);
const backUp = (file: string, ...more: string[]) => runCli(["store", "backup", file, "--from", source, ...more]);
const restore = (file: string, to: string, ...more: string[]) =>
  runCli(["store", "restore", file, "--to", `sqlite:${to}`, "--journal", `${to}.json`, ...more]);
const differences = async (to: string) => {
  const { out } = await runCli(["store", "verify", "--from", source, "--to", `sqlite:${to}`, "--json"]);
  return JSON.parse(out).ok === true ? [] : JSON.parse(out);
};

describe("aloft store backup", () => {
  test("[moving.backup.consistent] both halves of every transaction are in it, or neither, and writers go on", async () => {
    const busy = fresh("busy");
    await using store = await openFolder(busy);
    await fillStore(store, 5000);
    const writing = pairs(store);
    const files: string[] = [];
    for (let round = 0; round < 2; round++) {
      const before = writing.done();
      const file = fresh("round");
      const { code, stderr } = await runAloft(["store", "backup", file, "--from", `sqlite:${busy}`], {}).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("Verifying") });
      expect(writing.done()).toBeGreaterThan(before);
      files.push(file);
    }
    await writing.stop();
    for (const file of files) {
      const target = fresh();
      expect((await restore(file, target)).code).toBe(0);
      await using restored = await openFolder(target);
      const [left, right] = await Promise.all(["left", "right"].map((side) => restored.get(users, { id: side })));
      expect(left?.name).toMatch(/^\d+$/);
      expect(right?.name).toBe(left?.name);
      expect(right?.version).toBe(left?.version);
    }
  }, 60_000);

  test("[moving.backup.private] the file is its owner's alone, what was there stays, and nothing else is left", async () => {
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const taken = join(folder, "taken.backup");
    writeFileSync(taken, "precious");
    const { code, err } = await backUp(taken);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("a backup replaces nothing") });
    expect(readFileSync(taken, "utf8")).toBe("precious");
    const nowhere = await backUp(join(folder, "no", "such", "folder.backup"));
    expect(nowhere.err).toContain(`there is no folder ${join(folder, "no", "such")}. Make it first.`);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("[moving.backup.private] --json says what is in it, table by table", async () => {
    const { out } = await backUp(fresh("json"), "--json");
    const told = JSON.parse(out);
    expect(told).toMatchObject({ ok: true, items: itemsOf(messageCount), engine: "sqlite", bytes: expect.any(Number) });
    expect(told.tables.find(({ table }: { table: string }) => table === "messages")).toEqual({
      table: "messages",
      items: messageCount,
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test("[moving.backup.full] without room there is no backup, no half of one, and the error says why", async () => {
    const place = fresh("small");
    mkdirSync(place);
    const file = join(place, "b.backup");
    // Files may grow to 200 KB: what is copied does not fit.
    const command = `ulimit -f 200; exec "$0" "$@"`;
    const args = [process.execPath, "--conditions=aloft-source", `${root}packages/cli/bin/aloft.js`];
    const child = spawn("bash", ["-c", command, ...args, "store", "backup", file, "--from", source]);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/room|full/) });
    expect(stderr).not.toContain("Nobody foresaw");
    expect(readdirSync(place)).toEqual([]);
  });
});

describe("aloft store restore", () => {
  test("[moving.restore.same] what is restored is what was backed up", async () => {
    const target = fresh();
    const { code, out } = await restore(backup, target);
    expect(code).toBe(0);
    expect(out).toMatch(/^Restored 3,140 items of \d+ tables in /);
    expect(await differences(target)).toEqual([]);
  });

  test("[moving.restore.damaged] cut anywhere, changed anywhere, or of another kind: refused before anything is made", async () => {
    const whole = readFileSync(backup);
    const damaged: Buffer[] = [Buffer.alloc(0), Buffer.from("aloft backup 1\n"), Buffer.from("SQLite format 3\0")];
    for (const end of [1, 20, Math.floor(whole.length / 2), whole.length - 1]) damaged.push(whole.subarray(0, end));
    damaged.push(Buffer.concat([whole, Buffer.from("x")]), readFileSync(join(folder, "source", "aloft.db")));
    const step = Math.max(1, Math.floor(whole.length / 25));
    const places = [...Array(25).keys()].map((i) => i * step);
    for (const at of [...places, ...[...Array(8).keys()].map((i) => whole.length - 1 - i * 5)]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      damaged.push(changed);
    }
    const file = join(folder, "damaged.backup");
    const target = fresh();
    for (const bytes of damaged) {
      writeFileSync(file, bytes);
      const { code, err } = await restore(file, target);
      expect(code).toBe(1);
      expect(err).toMatch(/is no backup of Aloft's|was cut off or is damaged/);
      expect(existsSync(target)).toBe(false);
    }
    expect((await restore(join(folder, "none.backup"), target)).err).toContain("There is no backup");
  }, 60_000);

  test("[moving.restore.not-empty] a store that holds anything is refused and left alone", async () => {
    const target = fresh();
    await using store = await openFolder(target);
    await store.create(users, person("only", "Somebody"));
    const { code, err } = await restore(backup, target);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("is not empty: about users 1") });
    expect((await store.scan(messages)).items).toEqual([]);
  });

  test("[moving.restore.repeated] killed, the same command goes on and ends equal", async () => {
    const big = fresh("big");
    await using store = await openFolder(big);
    await fillStore(store, 30_000);
    const file = fresh("big-backup");
    expect((await runCli(["store", "backup", file, "--from", `sqlite:${big}`])).code).toBe(0);
    const target = fresh();
    const args = ["store", "restore", file, "--to", `sqlite:${target}`, "--journal", `${target}.json`, "--json"];
    await using child = runAloft(args, {});
    const begun = () => existsSync(`${target}.json`) && readFileSync(`${target}.json`, "utf8").includes('"cursor"');
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 2));
    expect((await child.stop("SIGKILL")).signal).toBe("SIGKILL");
    const { code, stdout } = await runAloft(args, {}).ended;
    expect(code, stdout).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, resumed: true, items: itemsOf(30_000), differences: [] });
  }, 60_000);
});

function person(id: string, name: string) {
  return { id, name, defaultOrganizationId: "org_1", createdAt: "2026-01-01T00:00:00.000Z" };
}

/** Writes two items of one transaction, over and over. */
function pairs(store: Store): { readonly done: () => number; readonly stop: () => Promise<void> } {
  let done = 0;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const name = String(done);
      await store.transact(["left", "right"].map((id) => op.put(users, person(id, name))));
      done++;
    }
  };
  const running = run();
  return {
    done: () => done,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
