import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reseal, type ResealProgress, type Unreadable } from "@aloft/core/keys/reseal";
import { sealContextOf, sealedAttribute } from "@aloft/core/keys/sealed";
import type { Keys } from "@aloft/core/ports/keys";
import type { Store } from "@aloft/core/ports/store";
import { defineTable } from "@aloft/core/tables/define-table";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openStore } from "../store/index.ts";
import { fileKeys } from "./file.ts";

const vault = defineTable("vault", {
  item: z.object({ owner: z.string(), name: z.string(), note: z.string(), secret: z.string().optional() }),
  key: ["owner", "name"],
});
const attribute = sealedAttribute(vault, "secret", { record: ["owner", "name"], tenant: "owner" });
const attributes = [attribute];

let folder: string;
let store: Store;
let keys: Keys;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aloft-reseal-"));
  store = await openVault();
  keys = await fileKeys({ path: join(folder, "keys.json") });
});
afterEach(async () => {
  await store.close();
  await keys.close();
  await rm(folder, { recursive: true });
});

const openVault = () =>
  openStore({ type: "sqlite", path: join(folder, "vault.db") }, { tables: [vault], schemaVersion: 1 });
const keyOf = (i: number) => ({ owner: `owner-${i % 3}`, name: `name-${String(i).padStart(5, "0")}` });
const seal = (i: number, secret: string) => keys.sealText(secret, sealContextOf(attribute, keyOf(i)));

async function fill(count: number): Promise<void> {
  const created = Array.from({ length: count }, async (_, i) =>
    store.create(vault, { ...keyOf(i), note: `note ${i}`, secret: await seal(i, `secret ${i}`) }),
  );
  await Promise.all(created);
}

async function secretOf(i: number): Promise<string | undefined> {
  const item = await store.get(vault, keyOf(i));
  return item?.secret === undefined ? undefined : keys.openText(item.secret, sealContextOf(attribute, item));
}

async function expectCurrent(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const item = await store.get(vault, keyOf(i));
    if (item?.secret !== undefined) expect(await keys.needsResealing(item.secret)).toBe(false);
  }
}

describe("declarations", () => {
  test("[keys.reseal.whole] one that does not bind the key, or names what is not there, is refused", () => {
    expect(() => sealedAttribute(vault, "secret", { record: ["owner"] })).toThrow('also to "name"');
    expect(() => sealedAttribute(vault, "other" as "secret", { record: ["owner", "name"] })).toThrow('"other"');
  });

  test("[keys.reseal.whole] an item says what its value is sealed for", () => {
    expect(sealContextOf(attribute, keyOf(4))).toEqual({
      purpose: "vault.secret",
      tenant: "owner-1",
      record: { owner: "owner-1", name: "name-00004" },
    });
  });
});

describe("a whole run", () => {
  test("[keys.reseal.whole] every value is under the new key and as it was, and a second run finds nothing to do", async () => {
    await fill(250);
    await store.create(vault, { ...keyOf(250), note: "nothing sealed" });
    await keys.rotate({ what: "sealing" });
    expect(await reseal({ store, keys, attributes })).toMatchObject({ resealed: 250, unreadable: 0, complete: true });
    await expectCurrent(250);
    for (let i = 0; i < 250; i++) expect(await secretOf(i)).toBe(`secret ${i}`);
    expect((await store.get(vault, keyOf(7)))?.note).toBe("note 7");
    expect(await reseal({ store, keys, attributes })).toEqual({
      seen: 250,
      resealed: 0,
      unreadable: 0,
      complete: true,
    });
  });

  test("[keys.reseal.whole] afterwards the old version can be refused", async () => {
    await fill(20);
    await keys.rotate({ what: "sealing" });
    await reseal({ store, keys, attributes });
    await keys.rotate({ what: "sealing", minimumVersion: 2 });
    for (let i = 0; i < 20; i++) expect(await secretOf(i)).toBe(`secret ${i}`);
  });

  test("[keys.reseal.progress] it tells how far it is, and what does not open stays as it is", async () => {
    await fill(120);
    await using stranger = await fileKeys({ path: join(folder, "stranger.json") });
    const theirs = await stranger.sealText("theirs", sealContextOf(attribute, keyOf(5)));
    await store.update(vault, keyOf(5), { set: { secret: theirs } });
    const moved = (await store.get(vault, keyOf(9)))?.secret ?? "";
    await store.update(vault, keyOf(6), { set: { secret: moved } });
    await store.update(vault, keyOf(8), { set: { secret: "junk" } });
    await keys.rotate({ what: "sealing" });
    const progress: ResealProgress[] = [];
    const unreadable: Unreadable[] = [];
    const result = await reseal({
      store,
      keys,
      attributes,
      onProgress: (step) => progress.push(step),
      onUnreadable: (value) => unreadable.push(value),
    });
    expect(result).toMatchObject({ resealed: 117, unreadable: 3, complete: true });
    expect(progress.at(-1)).toMatchObject({ table: "vault", attribute: "secret", resealed: 117, unreadable: 3 });
    expect(progress.every(({ seen }, i) => seen > (progress[i - 1]?.seen ?? 0))).toBe(true);
    const byKey = new Map(unreadable.map((value) => [value.key["name"], value.reason]));
    expect(Object.fromEntries(byKey)).toEqual({
      [keyOf(5).name]: "key_unavailable",
      [keyOf(6).name]: "elsewhere",
      [keyOf(8).name]: "changed",
    });
    expect((await store.get(vault, keyOf(5)))?.secret).toBe(theirs);
    expect((await store.get(vault, keyOf(8)))?.secret).toBe("junk");
  });

  test("[keys.reseal.progress] it works no faster than told", async () => {
    await fill(120);
    await keys.rotate({ what: "sealing" });
    const started = performance.now();
    const { resealed } = await reseal({ store, keys, attributes, perSecond: 100 });
    // A second's worth goes at once.
    expect([resealed, performance.now() - started > 180]).toEqual([120, true]);
  });

  test("[keys.reseal.progress] it stops when told, and the next run does what is left", async () => {
    await fill(200);
    await keys.rotate({ what: "sealing" });
    const stop = new AbortController();
    const onProgress = ({ resealed }: ResealProgress) => {
      if (resealed >= 50) stop.abort();
    };
    const first = await reseal({ store, keys, attributes, onProgress, signal: stop.signal });
    expect(first.complete).toBe(false);
    expect(first.resealed).toBeGreaterThanOrEqual(50);
    expect(first.resealed).toBeLessThan(200);
    expect(await reseal({ store, keys, attributes })).toMatchObject({ resealed: 200 - first.resealed, complete: true });
    await expectCurrent(200);
  });
});

describe("among others", () => {
  test("[keys.reseal.concurrent] what is written, removed or deleted between its read and its write stands", async () => {
    await fill(30);
    await keys.rotate({ what: "sealing" });
    const meddled = new Set<number>();
    const numberOf = (name: string) => Number(name.slice(5));
    const meddling = new Proxy(store, {
      get(target, name, receiver) {
        if (name !== "transact") return Reflect.get(target, name, receiver);
        return async (operations: Parameters<Store["transact"]>[0]) => {
          for (const operation of operations) {
            const i = "key" in operation ? numberOf(String(operation.key["name"])) : -1;
            if (i < 0 || meddled.has(i)) continue;
            meddled.add(i);
            if (i % 3 === 0) await store.update(vault, keyOf(i), { set: { secret: await seal(i, `newer ${i}`) } });
            if (i % 3 === 1) await store.update(vault, keyOf(i), { remove: ["secret"] });
            if (i % 3 === 2) await store.delete(vault, keyOf(i));
          }
          return target.transact(operations);
        };
      },
    });
    expect(await reseal({ store: meddling, keys, attributes })).toMatchObject({ unreadable: 0, complete: true });
    expect(meddled.size).toBe(30);
    for (let i = 0; i < 30; i++) expect(await secretOf(i)).toBe(i % 3 === 0 ? `newer ${i}` : undefined);
    expect((await store.scan(vault)).items).toHaveLength(20);
  });

  test(
    "[keys.reseal.killed] killed again and again among writers, nothing is lost and it ends",
    { timeout: 120_000 },
    async () => {
      const count = 1500;
      await fill(count);
      await keys.rotate({ what: "sealing" });
      const expected = new Map(Array.from({ length: count }, (_, i) => [i, `secret ${i}`]));
      const writing = { on: true };
      const writer = async (own: number): Promise<number> => {
        let writes = 0;
        for (let n = 0; writing.on; n++) {
          const i = ((n * 37) % (count / 4)) * 4 + own;
          const value = `written ${n} by ${own}`;
          await store.update(vault, keyOf(i), { set: { secret: await seal(i, value) } });
          expected.set(i, value);
          writes += 1;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        return writes;
      };
      const writers = [0, 1, 2, 3].map(writer);
      let killed = 0;
      for (let round = 0; round < 4; round++) {
        const child = startJob(200);
        await once(child.stdout, "data");
        await new Promise((resolve) => setTimeout(resolve, 150 + round * 120));
        if (child.exitCode === null && child.kill("SIGKILL")) killed += 1;
        await once(child, "exit");
      }
      expect(killed).toBe(4);
      const middle = await store.scan(vault, { limit: 1000 });
      const left = await Promise.all(middle.items.map(({ secret }) => keys.needsResealing(secret ?? "")));
      expect(new Set(left)).toEqual(new Set([true, false]));
      const last = startJob(100_000);
      const [code] = await once(last, "exit");
      expect(code).toBe(0);
      writing.on = false;
      const writes = await Promise.all(writers);
      expect(Math.min(...writes)).toBeGreaterThan(10);
      for (const [i, value] of expected) expect(await secretOf(i)).toBe(value);
      await expectCurrent(count);
    },
  );
});

/** The job in a process of its own, which says so once it works. */
function startJob(perSecond: number) {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { z } from "zod";
    import { defineTable } from "@aloft/core/tables/define-table";
    import { reseal } from "@aloft/core/keys/reseal";
    import { sealedAttribute } from "@aloft/core/keys/sealed";
    const { openStore } = await import(${url("../store/index.ts")});
    const { fileKeys } = await import(${url("./file.ts")});
    const vault = defineTable("vault", {
      item: z.object({ owner: z.string(), name: z.string(), note: z.string(), secret: z.string().optional() }),
      key: ["owner", "name"],
    });
    const attributes = [sealedAttribute(vault, "secret", { record: ["owner", "name"], tenant: "owner" })];
    const store = await openStore({ type: "sqlite", path: ${JSON.stringify(join(folder, "vault.db"))} }, { tables: [vault], schemaVersion: 1 });
    const keys = await fileKeys({ path: ${JSON.stringify(join(folder, "keys.json"))} });
    const onProgress = () => process.stdout.write(".");
    const { complete, unreadable } = await reseal({ store, keys, attributes, perSecond: ${perSecond}, onProgress });
    await store.close();
    process.exit(complete && unreadable === 0 ? 0 : 1);`;
  const args = ["--conditions=aloft-source", "--input-type=module", "--eval", script];
  const cwd = new URL("../..", import.meta.url).pathname;
  return spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
}
