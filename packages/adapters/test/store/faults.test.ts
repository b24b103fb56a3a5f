import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AloftError } from "@aloft/core/errors";
import type { Store } from "@aloft/core/ports/store";
import { type Fault, tcpProxy, type TcpProxy } from "../../../../test/support/proxy.ts";
import { service, type ServiceName } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { dynamodbStore } from "../../src/store/dynamodb.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { dropTables, testPlace } from "../../src/store/testing/dynamodb.ts";
import {
  counters,
  faultTables,
  judgeLoad,
  type LoadReport,
  prepareLoad,
  startLoad,
  type Verdict,
} from "./fault-load.ts";
import { createTestDatabase } from "../../src/store/testing/postgres.ts";

const seed = Number(process.env["ALOFT_FAULTS_SEED"] ?? Date.now() % 1_000_000);
const loadMs = Number(process.env["ALOFT_FAULTS_SECONDS"] ?? 12) * 1000;
const enoughWrites = 100;
const writers = 3;
const common = { tables: faultTables, schemaVersion: 1 };

interface Opened extends AsyncDisposable {
  /** Through the proxy. */
  readonly store: Store;
  /** Past it. */
  readonly direct: Store;
}

interface Engine {
  readonly name: string;
  readonly service: ServiceName;
  /** How long a write may take until it is done or refused. */
  readonly budgetMs: number;
  readonly open: (proxy: TcpProxy, url: string) => Promise<Opened>;
}

const engines: readonly Engine[] = [
  { name: "PostgreSQL", service: "postgres-16", budgetMs: 20_000, open: openPostgres },
  { name: "DynamoDB", service: "dynamodb", budgetMs: 15_000, open: openDynamodb },
];

async function openPostgres(proxy: TcpProxy, url: string): Promise<Opened> {
  const database = await createTestDatabase(async () => ({ url }));
  const through = new URL(database.url);
  through.port = String(proxy.port);
  const direct = await postgresStore({ ...common, url: database.url });
  const store = await postgresStore({ ...common, url: through.href, poolSize: 8 });
  return {
    store,
    direct,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store.close(), direct.close()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

async function openDynamodb(proxy: TcpProxy, url: string): Promise<Opened> {
  const place = testPlace(url);
  const direct = await dynamodbStore({ ...common, ...place });
  const store = await dynamodbStore({ ...common, ...place, endpoint: `http://127.0.0.1:${proxy.port}` });
  return {
    store,
    direct,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store.close(), direct.close()]);
      await dropTables(place, faultTables);
    },
  };
}

describe.each(engines)("$name behind a network that fails, ALOFT_FAULTS_SEED=" + seed, async (engine) => {
  const here = await available(engine.name, () => service(engine.service));
  describe.runIf(here)("under load", () => {
    let proxy: TcpProxy;
    let opened: Opened;
    let report: LoadReport;
    let verdict: Verdict;
    let recovered: boolean;
    beforeAll(
      async () => {
        const { url } = await service(engine.service);
        const { hostname, port } = new URL(url);
        proxy = await tcpProxy({ host: hostname, port: Number(port) });
        opened = await engine.open(proxy, url);
        await prepareLoad(opened.direct, writers);
        const random = randomNumbers(seed);
        const load = startLoad(opened.store, writers, random);
        await disturb(proxy, random, () => load.report.writes > 2 * enoughWrites);
        recovered = await answersWithin(opened.store, 5000);
        await load.stop();
        // What a server was still doing for a connection that is gone.
        await delay(500);
        ({ report } = load);
        verdict = await judgeLoad(opened.direct, report);
        const doubts = report.notes.inDoubt.size + report.transfers.inDoubt.size;
        console.log(
          `${engine.name}: ${report.writes} writes acknowledged, ${proxy.counts.faults} faults, ${doubts} creates and transfers in ` +
            `doubt, slowest ${report.slowestMs.toFixed(0)} ms, errors ${JSON.stringify(report.errors)}`,
        );
      },
      5 * loadMs + 3 * engine.budgetMs,
    );
    afterAll(async () => {
      await opened[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });

    test("[faults.store.nothing-lost] every acknowledged write is there", () => {
      expect(verdict.lost).toEqual([]);
      expect(report.writes).toBeGreaterThan(enoughWrites);
      expect(proxy.counts.faults).toBeGreaterThan(10);
    });

    test("[faults.store.nothing-doubled] no write took effect twice, and none that was refused", () => {
      expect(verdict.doubled).toEqual([]);
      expect(verdict.neverWritten).toEqual([]);
      expect(report.notes.inDoubt.size + report.transfers.inDoubt.size).toBeGreaterThan(0);
    });

    test("[faults.store.atomic] transfers and balances agree", () => {
      expect(verdict.halves).toEqual([]);
      expect(report.transfers.acknowledged.size).toBeGreaterThan(0);
    });

    test("[faults.store.typed] every write ended in time, as the port says", () => {
      expect(report.wrong).toEqual([]);
      expect(report.slowestMs).toBeLessThan(engine.budgetMs);
    });

    test("[faults.store.typed] a network that stays silent", { timeout: 3 * engine.budgetMs }, async () => {
      proxy.set({ kind: "stall" });
      const started = performance.now();
      const error: unknown = await opened.store
        .update(counters, { id: "c0" }, { add: { count: 1 } })
        .catch((caught: unknown) => caught);
      expect(performance.now() - started).toBeLessThan(engine.budgetMs);
      proxy.set({ kind: "pass" });
      expect(error).toBeInstanceOf(AloftError);
      expect(error).toMatchObject({ code: "unavailable", retryable: true });
      expect(await answersWithin(opened.store, 5000)).toBe(true);
    });

    test("[faults.store.recovers] the same store works when the network does", async () => {
      expect(recovered).toBe(true);
      const before = (await opened.store.get(counters, { id: "c1" }))?.count ?? Number.NaN;
      const after = await opened.store.update(counters, { id: "c1" }, { add: { count: 1 } });
      expect(after.count).toBe(before + 1);
      await opened.store.check();
    });
  });
});

/** Faults that come and go for so long, on a busy machine longer; none at the end. */
async function disturb(proxy: TcpProxy, random: () => number, enough: () => boolean): Promise<void> {
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  while (elapsed() < loadMs || (!enough() && elapsed() < 5 * loadMs)) {
    const fault = nextFault(random);
    if (fault === "cut") proxy.cut();
    else proxy.set(fault);
    await delay(100 + random() * (fault === "cut" ? 200 : 900));
    proxy.set({ kind: "pass" });
    await delay(50 + random() * 400);
  }
}

function nextFault(random: () => number): Fault | "cut" {
  const kinds: readonly (Fault | "cut")[] = [
    "cut",
    "cut",
    { kind: "refuse" },
    { kind: "stall" },
    { kind: "slow", bytesPerSecond: 2000 + random() * 50_000, latencyMs: random() * 80 },
    { kind: "lose-answers" },
  ];
  return kinds[Math.floor(random() * kinds.length)] ?? "cut";
}

/** Whether a write goes through by then. */
async function answersWithin(store: Store, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const done = await store.put(counters, { id: "probe", count: 0 }).then(
      () => true,
      () => false,
    );
    if (done) return true;
    await delay(50);
  }
  return false;
}

function randomNumbers(of: number): () => number {
  let state = Math.imul(of + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
