import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { passes, people, relics, things } from "@aloft/core/contract/store-tables";
import { ConflictError, ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { CopyReport } from "@aloft/core/moving/copy";
import type { CopyState } from "@aloft/core/moving/journal";
import type { Progress } from "@aloft/core/moving/progress";
import { verifyStores } from "@aloft/core/moving/verify";
import type { Store } from "@aloft/core/ports/store";
import { temporaryFolder } from "../store/testing/temporary-store.ts";
import { sha256Words } from "./hash.ts";
import { copy, everything, openFile, tables } from "./testing/stores.ts";

let folder: string;
let opened: AsyncDisposableStack;
let from: Store;
let to: Store;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  ({ folder } = opened.use(await temporaryFolder()));
  from = opened.use(await openFile(folder, "from.db"));
  to = opened.use(await openFile(folder, "to.db"));
});
afterEach(() => opened.disposeAsync());

const compare = (left = from, right = to) =>
  verifyStores({ from: left, to: right, tables, hash: sha256Words, onProgress: () => undefined });

async function fill(store: Store, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, i) => ({ id: `relic-${i}`, value: i / 7, version: 1 + (i % 4) }));
  for (let i = 0; i < count; i += 500) await store.load(relics, items.slice(i, i + 500));
}

describe("a copy of what nobody writes", () => {
  test("[moving.copy.same] every live item is there as it was, and nothing more", async () => {
    await fill(from, 2345);
    await from.create(things, {
      group: "g",
      name: "漢\u{1f600}",
      value: { b: [1, { a: null }], a: 0.1 },
      nothing: null,
    });
    await from.update(things, { group: "g", name: "漢\u{1f600}" }, { add: { level: 5000 } });
    await from.create(people, { id: "p", team: "t", nick: "n", rank: 1, email: "e" });
    const pass = { gate: "g", holder: "h", note: "" };
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await from.create(passes, { ...pass, number: 1, code: "1", expiresAt: soon });
    await from.create(passes, { ...pass, number: 2, code: "2", expiresAt: "2001-01-01T00:00:00.000Z" });
    const report = await copy(from, to);
    expect(report).toMatchObject({
      items: 2348,
      caughtUp: 0,
      searchUpToDate: true,
      differences: [],
      frozenMs: expect.any(Number),
    });
    expect(await everything(to)).toEqual(await everything(from));
    expect(await compare()).toMatchObject({ equal: true, differences: [] });
    expect(report.tables.find(({ table }) => table === relics.name)?.items).toBe(2345);
    expect((await to.getUnique(people, "email", { email: "e" }))?.id).toBe("p");
  });

  test("[moving.copy.resume] cut off between any two pages, it goes on where it was and repeats only what was in flight", async () => {
    await fill(from, 6000);
    let state: CopyState | undefined;
    let copied = 0;
    for (let kills = 0; kills < 3; kills++) {
      const cut = new Error("cut");
      let left = 2;
      let read = 0;
      const journal = {
        state,
        save: (saved: CopyState) => {
          if ((saved.loaded[relics.name]?.items ?? 0) > 0 && left-- === 0) throw cut;
          state = saved;
        },
      };
      const reading = counting(from, (items) => (read += items));
      await expect(copy(reading, to, { journal })).rejects.toThrow(cut);
      const before = copied;
      copied = Object.values(state?.loaded ?? {}).reduce((sum, { items }) => sum + items, 0);
      expect(copied).toBeGreaterThan(before);
      expect(read).toBeLessThanOrEqual(copied - before + 6 * 500);
    }
    expect(copied).toBeLessThan(6000);
    const journal = { state, save: () => undefined };
    expect(await copy(from, to, { journal })).toMatchObject({ items: 6000, differences: [] });
    expect(await everything(to)).toEqual(await everything(from));
  });

  test("[moving.copy.patient] what an engine throttles or is away for is tried again", async () => {
    await fill(from, 1500);
    let calls = 0;
    const failing =
      <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
      (...given: A): Promise<R> => {
        if (calls++ % 3 === 0) throw calls % 2 === 0 ? new ThrottledError("busy") : new UnavailableError("away");
        return call(...given);
      };
    const flaky = (store: Store): Store =>
      Object.assign(Object.create(store) as Store, {
        scan: failing((...given: Parameters<Store["scan"]>) => store.scan(...given)),
        load: failing((...given: Parameters<Store["load"]>) => store.load(...given)),
        maintain: failing(() => store.maintain()),
      });
    expect(await copy(flaky(from), flaky(to))).toMatchObject({ items: 1500, differences: [] });
    expect(await everything(to)).toEqual(await everything(from));
  });

  test("[moving.copy.progress] phases, tables, items and how many there will be are told", async () => {
    await fill(from, 1200);
    const told: Progress[] = [];
    await copy(from, to, { onProgress: (progress) => told.push(progress) });
    const phases = [...new Set(told.map(({ phase }) => phase))];
    expect(phases).toEqual(["loading", "catching-up", "search", "frozen", "verifying"]);
    for (const phase of ["loading", "catching-up", "frozen", "verifying"]) {
      const own = told.filter((progress) => progress.phase === phase);
      expect(own.at(-1)).toMatchObject({ items: 1200, total: 1200, tablesDone: tables.length, tables: tables.length });
      expect(own.map(({ items }) => items)).toEqual(own.map(({ items }) => items).toSorted((a, b) => a - b));
    }
  });
});

/** The store, telling how many items are scanned from it. */
function counting(store: Store, onRead: (items: number) => void): Store {
  const scan: Store["scan"] = async (table, options) => {
    const page = await store.scan(table, options);
    onRead(page.items.length);
    return page;
  };
  return Object.assign(Object.create(store) as Store, { scan });
}

interface Writer {
  /** The version last acknowledged of each item, 0 when deleted. */
  readonly told: Map<string, number>;
  readonly refused: () => number;
  readonly stop: () => Promise<void>;
}

/** Clients that create, change and delete without a pause, and note what they were told. */
function hammer(store: Store, clients = 8): Writer {
  const told = new Map<string, number>();
  const stopping = new AbortController();
  let refused = 0;
  const run = async (client: number): Promise<void> => {
    for (let i = 0; !stopping.signal.aborted; i++) {
      const id = `relic-${client}-${i % 300}`;
      const version = told.get(id) ?? 0;
      try {
        if (version === 0) told.set(id, (await store.create(relics, { id, value: i })).version);
        else if (i % 5 === 0) {
          await store.delete(relics, { id });
          told.set(id, 0);
        } else told.set(id, (await store.update(relics, { id }, { add: { value: 1 } })).version);
      } catch (error) {
        if (!(error instanceof ThrottledError)) throw error;
        refused++;
      }
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, client) => run(client)));
  return {
    told,
    refused: () => refused,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

describe("a copy of what is being written", () => {
  test("[moving.copy.live] the target is equal to what the source had at the freeze, and writers go on after it", async () => {
    await fill(from, 3000);
    const other = opened.use(await openFile(folder, "from.db"));
    const writer = hammer(other);
    let atFreeze: unknown;
    const hold = async (report: CopyReport) => {
      expect(report.differences).toEqual([]);
      atFreeze = await everything(from);
    };
    const report = await copy(from, to, { hold });
    const before = new Map(writer.told);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await writer.stop();
    expect(report.caughtUp).toBeGreaterThan(0);
    expect(await everything(to)).toEqual(atFreeze);
    expect(writer.told).not.toEqual(before);
  });

  test("[moving.copy.acknowledged] every write acknowledged until the freeze is in the target, and no writer loses one", async () => {
    await fill(from, 20_000);
    const other = opened.use(await openFile(folder, "from.db"));
    const writer = hammer(other);
    let told = new Map<string, number>();
    await copy(from, to, {
      hold: async () => {
        told = new Map(writer.told);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(writer.told).toEqual(told);
      },
    });
    await writer.stop();
    expect(told.size).toBeGreaterThan(50);
    const found = new Map<string, number>();
    for (const id of told.keys()) found.set(id, (await to.get(relics, { id }))?.version ?? 0);
    expect(found).toEqual(told);
    for (const [id, version] of writer.told) expect((await from.get(relics, { id }))?.version ?? 0).toBe(version);
    expect(writer.refused()).toBe(0);
  });

  test("[moving.copy.hold] the source stays frozen until the holder lets go, and stores are equal all the while", async () => {
    await fill(from, 500);
    const other = opened.use(await openFile(folder, "from.db"));
    const writer = hammer(other);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let reached: (report: CopyReport) => void = () => undefined;
    const holding = new Promise<CopyReport>((resolve) => (reached = resolve));
    const copying = copy(from, to, {
      hold: (report) => {
        reached(report);
        return held;
      },
    });
    expect((await holding).differences).toEqual([]);
    const told = new Map(writer.told);
    expect(await compare()).toMatchObject({ equal: true });
    expect(writer.told).toEqual(told);
    letGo();
    await copying;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await writer.stop();
    expect(writer.told).not.toEqual(told);
  });

  test("[moving.copy.unique] unique values that change hands end where the source has them", async () => {
    const person = (i: number, nick: string) => ({ id: `p${String(i).padStart(4, "0")}`, team: "t", nick, rank: i });
    for (let i = 0; i < 800; i++) await from.create(people, person(i, `n${i}`));
    const stopping = new AbortController();
    const swap = async (): Promise<void> => {
      for (let i = 0; !stopping.signal.aborted; i = (i + 7) % 400) {
        const [a, b] = [person(i, "").id, person(799 - i, "").id];
        const [left, right] = await from.getMany(people, [{ id: a }, { id: b }]);
        const swapped = { nick: left?.nick ?? "" };
        await from.update(people, { id: a }, { set: { nick: `spare${i}` } });
        await from.update(people, { id: b }, { set: swapped });
        await from.update(people, { id: a }, { set: { nick: right?.nick ?? "" } });
      }
    };
    const swapping = swap();
    const report = await copy(from, to, { hold: async () => stopping.abort() });
    await swapping;
    expect(report.differences).toEqual([]);
    expect((await to.scan(people, { limit: 1000 })).items).toHaveLength(800);
    const copied = (await everything(to))[people.name] as { id: string; nick: string }[];
    for (const { id, nick } of copied) expect((await to.getUnique(people, "nick", { team: "t", nick }))?.id).toBe(id);
  });

  test("[moving.copy.no-freeze] without a freeze it ends once nothing changes, and is refused while something does", async () => {
    await fill(from, 500);
    const writer = hammer(opened.use(await openFile(folder, "from.db")));
    await expect(copy(from, to, { freeze: false })).rejects.toThrow(ConflictError);
    await writer.stop();
    const journal = { state: { loaded: {} }, save: () => undefined };
    expect(await copy(from, to, { freeze: false, journal })).toMatchObject({ frozenMs: undefined, differences: [] });
    expect(await everything(to)).toEqual(await everything(from));
  });
});

describe("verifying", () => {
  test("[moving.verify.equal] attributes in another order and equal numbers are no difference", async () => {
    await from.load(things, [{ group: "g", name: "n", value: { a: 1, b: [{ c: 1e2, d: null }] }, version: 3 }]);
    await to.load(things, [{ version: 3, value: { b: [{ d: null, c: 100 }], a: 1.0 }, name: "n", group: "g" }]);
    const { equal, tables: compared } = await compare();
    expect(equal).toBe(true);
    const [left, right] = [compared[0]?.from, compared[0]?.to];
    expect(left).toEqual({ items: 1, digest: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(right).toEqual(left);
  });

  test("[moving.verify.differences] missing, extra and different items are listed by key, with their attributes", async () => {
    await fill(from, 700);
    await fill(to, 700);
    await from.create(relics, { id: "only-here", value: 1 });
    await to.create(relics, { id: "only-there", value: 1 });
    await to.load(relics, [
      { id: "relic-3", value: 99, version: 4 },
      { id: "relic-4", value: 4 / 7, version: 77 },
    ]);
    const { equal, differences, tables: compared } = await compare();
    expect(equal).toBe(false);
    expect(differences.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([
      { table: relics.name, key: { id: "only-here" }, kind: "missing" },
      { table: relics.name, key: { id: "only-there" }, kind: "extra" },
      { table: relics.name, key: { id: "relic-3" }, kind: "different", attributes: ["value"] },
      { table: relics.name, key: { id: "relic-4" }, kind: "different", attributes: ["version"] },
    ]);
    const table = compared.find((one) => one.table === relics.name);
    expect(table).toMatchObject({ from: { items: 701 }, to: { items: 701 }, differences: 4 });
    expect(table?.from.digest).not.toBe(table?.to.digest);
  });

  test("[moving.verify.moving] an item that changes on one side while it is read, and is equal when looked at, is equal", async () => {
    await fill(from, 1500);
    await fill(to, 1500);
    const stale: Store["scan"] = async (table, options) => {
      const page = await from.scan(table, options);
      return { ...page, items: page.items.map((item) => ({ ...item, version: item.version + 1 })) };
    };
    const behind = Object.assign(Object.create(from) as Store, { scan: stale });
    expect(await compare(behind)).toMatchObject({ equal: true, differences: [] });
  });
});

test("[moving.copy.memory] a digest takes as much memory for large items as for small ones", async () => {
  const { digestsOf } = await import("@aloft/core/moving/digests");
  const digests = digestsOf(relics, sha256Words);
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (let i = 0; i < 200_000; i++) digests.set({ id: `relic-${i}-${"x".repeat(100)}`, value: i, version: 1 });
  globalThis.gc?.();
  const { arrayBuffers } = process.memoryUsage();
  expect(digests.size).toBe(200_000);
  expect((arrayBuffers - before.arrayBuffers) / 200_000).toBeLessThan(110);
});
