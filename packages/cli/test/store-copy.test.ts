import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { messages } from "@aloft/core/conversations/tables";
import { users } from "@aloft/core/identity/tables";
import { runAloft } from "../../../test/support/child.ts";
import { runCli } from "../src/testing.ts";
import { fillStore, itemsOf, openFolder } from "./support/fill-store.ts";

const messageCount = 2000;
let folder: string;
let source: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aloft-copy-"));
  source = `sqlite:${join(folder, "source")}`;
  await using store = await openFolder(join(folder, "source"));
  await fillStore(store, messageCount);
});
afterAll(() => rmSync(folder, { recursive: true }));

let names = 0;
const fresh = (): string => join(folder, `target-${++names}`);
const journalArg = (): string[] => ["--journal", join(folder, `journal-${++names}.json`)];
const copy = (from: string, to: string, ...more: string[]) =>
  runCli(["store", "copy", "--from", from, "--to", to, ...journalArg(), ...more]);
const verify = (from: string, to: string, ...more: string[]) =>
  runCli(["store", "verify", "--from", from, "--to", to, ...more]);

describe("aloft store copy", () => {
  test("[moving.copy.progress] lines say phase, items, tables and rate, and the end says what was done", async () => {
    const target = fresh();
    const { code, out, err } = await copy(source, `sqlite:${target}`);
    expect(code).toBe(0);
    expect(out).toMatch(/^Copied 2,140 items of \d+ tables in [\d.]+ s, verification included \([\d,]+ items\/s\)\.\n/);
    expect(out).toMatch(/Writers to the source waited for [\d.]+ s\.\nThe target was read back: it is equal/);
    expect(err).toMatch(/^Keeping the journal .*\.json\nCopying: 0 of 2,140 items, 0\/\d+ tables\n/);
    expect(err).toMatch(/Copying: 2,140 of 2,140 items, (\d+)\/\1 tables, [\d,]+ items\/s\n/);
    expect(err).toContain("Last pass, writers wait: 2,140 of 2,140 items");
    expect(await verify(source, `sqlite:${target}`, "--json")).toMatchObject({ code: 0, err: "" });
  });

  test("[moving.copy.progress] on a terminal a bar is redrawn, with the time left", async () => {
    const { progressDisplay } = await import("../src/moving/show-progress.ts");
    let shown = "";
    const err = { isTTY: true, write: (text: string) => (shown += text) };
    const display = progressDisplay({ out: err, err, env: {} }, { silent: false });
    const at = (items: number) =>
      ({ phase: "loading", table: "messages", tablesDone: 3, tables: 18, items, total: 1000 }) as const;
    display.show(at(0));
    await new Promise((resolve) => setTimeout(resolve, 150));
    display.show(at(500));
    display.end();
    const [, first, second, end] = shown.split("\r\u001b[K");
    expect(first).toBe("[░░░░░░░░░░░░░░░░░░░░] Copying: 0 of 1,000 items, 3/18 tables, messages");
    expect(second).toMatch(
      /^\[█{10}░{10}\] Copying: 500 of 1,000 items, 3\/18 tables, [\d,]+ items\/s, 0\.\d s left, messages$/,
    );
    expect(end).toBe("");
  });

  test("[moving.copy.not-empty] a target that holds anything is refused with what is there, and left alone", async () => {
    const target = fresh();
    await using store = await openFolder(target);
    await using filled = await openFolder(join(folder, "source"));
    const [user] = (await filled.scan(users, { limit: 1 })).items;
    if (user === undefined) throw new Error("there is no user");
    await store.load(users, [user]);
    const { code, err } = await copy(source, `sqlite:${target}`);
    expect(code).toBe(1);
    expect(err).toContain(`sqlite:${target} is not empty: about users 1. Nothing was changed. Give an empty store`);
    expect((await store.scan(messages)).items).toEqual([]);
  });

  test("[moving.copy.itself] a store is not copied onto itself, however it is written", async () => {
    const other = `sqlite:${join(folder, "nowhere", "..", "source")}`;
    const { code, err } = await copy(source, other);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`${source} cannot be copied onto itself`) });
  });

  test("[moving.copy.journal] the journal of another copy, and what is no journal, are refused and kept", async () => {
    const target = fresh();
    const journal = join(folder, "kept.json");
    const run = (from: string) =>
      runCli(["store", "copy", "--from", from, "--to", `sqlite:${target}`, "--journal", journal]);
    const written = {
      format: "aloft copy journal 1",
      from: source,
      to: "sqlite:/elsewhere",
      schemaVersion: 1,
      loaded: {},
    };
    for (const text of [JSON.stringify(written), "{", "null", '{"loaded":{}}']) {
      writeFileSync(journal, text);
      const { code, err } = await run(source);
      expect(code).toBe(1);
      expect(err).toContain(text.includes("elsewhere") ? "is of a copy from" : "is no journal of a copy");
      expect(readFileSync(journal, "utf8")).toBe(text);
    }
    writeFileSync(journal, JSON.stringify({ ...written, to: `sqlite:${target}`, schemaVersion: 999 }));
    expect((await run(source)).err).toContain("is of a copy with schema 999");
    expect(existsSync(target)).toBe(false);
  });

  test("[moving.copy.schema] a source of another schema is refused with what to do, and left as it is", async () => {
    for (const [version, advice] of [
      [999, "Upgrade Aloft first"],
      [0, "Start the server on it once"],
    ] as const) {
      const other = fresh();
      await (await openFolder(other)).close();
      using database = new DatabaseSync(join(other, "aloft.db"));
      database.exec(`UPDATE "$aloft" SET value = '${version}' WHERE name = 'schemaVersion'`);
      const { code, err } = await copy(`sqlite:${other}`, `sqlite:${fresh()}`);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(advice) });
      const newer = await copy(source, `sqlite:${other}`);
      if (version === 999) expect(newer.err).toContain("was written by a newer version");
    }
  });

  test("[moving.copy.interrupted] Ctrl-C leaves what was copied, says how to go on, and the same command does", async () => {
    const big = fresh();
    await using store = await openFolder(big);
    await fillStore(store, 30_000);
    const target = `sqlite:${fresh()}`;
    const args = ["store", "copy", "--from", `sqlite:${big}`, "--to", target, "--json"];
    await using child = runAloft(args, { cwd: folder });
    const journal = await waitFor(() => readdirSync(folder).find((name) => /^aloft-copy-\w+\.json$/.test(name)));
    await waitFor(() => readFileSync(join(folder, journal), "utf8").includes('"messages":{"cursor"') || undefined);
    const { code, stdout } = await child.stop("SIGINT");
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "interrupted" } });
    expect(JSON.parse(stdout).error.message).toContain("the same command goes on from here");
    const { stdout: rest } = await runAloft(args, { cwd: folder }).ended;
    expect(JSON.parse(rest)).toMatchObject({ ok: true, resumed: true, items: itemsOf(30_000) });
    expect(existsSync(join(folder, journal))).toBe(false);
  }, 60_000);

  test("[moving.copy.hold] --hold keeps both equal until Ctrl-C", async () => {
    const [from, to] = [fresh(), fresh()];
    await using store = await openFolder(from);
    await fillStore(store, 500);
    await using child = runAloft(["store", "copy", "--from", `sqlite:${from}`, "--to", `sqlite:${to}`, "--hold"], {
      cwd: folder,
    });
    await waitFor(() => child.stderr().includes("then press Ctrl-C") || undefined);
    let written = false;
    const key = { id: "usr_01KAJ5V7Q80000000000000001" };
    const write = store.update(users, key, { set: { name: "Later" } }).then(() => (written = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written).toBe(false);
    expect((await child.stop("SIGINT")).code).toBe(0);
    await write;
    expect((await store.get(users, key))?.name).toBe("Later");
  }, 60_000);
});

describe("aloft store verify", () => {
  test("[moving.verify.differences] what differs is listed by table and key, without values, and the exit code is 1", async () => {
    const target = fresh();
    await copy(source, `sqlite:${target}`);
    await using store = await openFolder(target);
    const key = { conversationId: "cnv_01KAJ5V7Q80000000000000003", sequence: 7 };
    await store.update(messages, key, { set: { text: "a secret that nobody may see" } });
    await store.delete(users, { id: "usr_01KAJ5V7Q80000000000000002" });
    const { code, out } = await verify(source, `sqlite:${target}`);
    expect(code).toBe(1);
    expect(out).toMatch(/users +20 +19 +1 differ/);
    expect(out).toMatch(/conversations +50 +50 +equal/);
    expect(out).toContain('missing    users {"id":"usr_01KAJ5V7Q80000000000000002"}');
    expect(out).toContain(`different  messages ${JSON.stringify(key)}: text, version`);
    const json = await verify(source, `sqlite:${target}`, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: "stores_differ" } });
    expect(JSON.parse(json.out).differences).toHaveLength(2);
  });

  test("[moving.verify.values] no value of any item is in what it prints", async () => {
    const target = fresh();
    await (await openFolder(target)).close();
    const { out, err } = await verify(source, `sqlite:${target}`, "--json");
    expect(JSON.parse(out).differences.length).toBeGreaterThan(1000);
    for (const value of ["lorem ipsum", "user-3@example.com", "漢"]) expect(out + err).not.toContain(value);
  });
});

describe("places", () => {
  test("[moving.place.syntax] what cannot be understood is refused with the ways to write one, and not repeated", async () => {
    for (const place of [
      "./data",
      "sqlite:",
      "mysql://u:hunter2@h/d",
      "postgres://u:hunter2@/",
      "dynamodb:eu-central-1",
      "dynamodb:x/y",
      "env:NOT_SET_HERE",
      "",
    ]) {
      const { code, err } = await copy(place, `sqlite:${fresh()}`);
      expect(code, place).toBe(2);
      expect(err).not.toContain("hunter2");
      if (place !== "") expect(err).toContain("Write sqlite:<data folder>");
    }
  });

  test("[moving.place.configured] `configured` is what the server would use, and its faults are told", async () => {
    const env = { ALOFT_DATA_DIR: join(folder, "source") };
    const file = join(folder, "configured.backup");
    const { code, out } = await runCli(["store", "backup", file, "--json"], env);
    expect({ code, made: JSON.parse(out) }).toMatchObject({ code: 0, made: { items: itemsOf(messageCount) } });
    const target = fresh();
    const restored = await runCli(["store", "restore", file, ...journalArg()], { ALOFT_DATA_DIR: target });
    expect(restored.code, restored.err).toBe(0);
    expect((await verify(source, `sqlite:${target}`)).code).toBe(0);
    const wrong = await runCli(["store", "backup", fresh()], { MAIN_DB_TYPE: "postgres" });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("DATABASE_URL") });
  });

  test("[moving.place.missing] a folder without a database is named, and nothing is made in it", async () => {
    const empty = fresh();
    mkdirSync(empty);
    const { code, err } = await copy(`sqlite:${empty}`, `sqlite:${fresh()}`);
    expect(code).toBe(1);
    expect(err).toContain(`There is no data in sqlite:${empty}: ${join(empty, "aloft.db")} does not exist`);
    expect(readdirSync(empty)).toEqual([]);
    const target = fresh();
    writeFileSync(target, "a file");
    expect((await copy(source, `sqlite:${target}`)).err).toContain("cannot be made or written");
  });

  test("[moving.place.secret] a password is in no message, with a warning where others could read it", async () => {
    const port = await closedPort();
    const url = `postgres://aloft:hunter2@127.0.0.1:${port}/app`;
    const shown = await copy(source, url);
    expect(shown.code).toBe(1);
    expect(shown.err).toContain("env:<variable> keeps it out of the command line");
    const { code, out, err } = await runCli(["store", "verify", "--from", source, "--to", "env:DB", "--json"], {
      DB: url,
      DEBUG: "aloft",
    });
    expect(code).toBe(1);
    expect(JSON.parse(out).error.message).not.toContain("hunter2");
    expect(shown.out + shown.err + out + err).not.toContain("hunter2");
  });

  test("[moving.place.unreachable] a database that is not there is named with what to check", async () => {
    const port = await closedPort();
    const { code, err } = await copy(source, `postgres://aloft@127.0.0.1:${port}/app`);
    expect(code).toBe(1);
    expect(err).toContain(String(port));
    expect(err).not.toContain("Nobody foresaw");
  });

  test("[moving.place.missing] a target that a server works on is refused with who it is", async () => {
    const busy = fresh();
    const { lockDataFolder } = await import("@aloft/adapters/store/lock");
    await using _lock = await lockDataFolder(busy, { url: "http://127.0.0.1:3000" });
    const { err } = await copy(source, `sqlite:${busy}`);
    expect(err).toContain(`The data folder ${busy} is in use by process ${process.pid} at http://127.0.0.1:3000`);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function waitFor<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
