import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { things } from "@aloft/core/contract/store-tables";
import type { Store } from "@aloft/core/ports/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createTestDatabase, runSql, type TestDatabase } from "../../src/store/testing/postgres.ts";

const here = await available("PostgreSQL 16", () => service("postgres-16"));

/** What becomes of the next thing that a client says: it is cut off before the server hears it, or before it answers. */
type Fault = "cut-request" | "cut-answer" | "stall";

/** Stands between client and server, and passes everything on until it is told otherwise. */
async function faultyProxy(target: URL) {
  let fault: Fault | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const cut = (): void => void (client.destroy(), upstream.destroy());
    let mode: Fault | undefined;
    client.on("data", (data) => {
      mode ??= fault;
      if (mode !== undefined) fault = undefined;
      if (mode === "cut-request") cut();
      else if (mode !== "stall") upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (mode === "cut-answer") setTimeout(cut, 50);
      else if (mode !== "stall") client.write(data);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut).on("close", cut);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    fail: (next: Fault) => void (fault = next),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe.runIf(here)("connections to PostgreSQL that break", () => {
  let database: TestDatabase;
  let proxy: Awaited<ReturnType<typeof faultyProxy>>;
  let store: Store;
  const key = { group: "g", name: "n" };

  beforeAll(async () => {
    database = await createTestDatabase(() => service("postgres-16"));
    proxy = await faultyProxy(new URL(database.url));
    store = await postgresStore({ url: proxy.url, tables: [things], schemaVersion: 1, upkeep: false, poolSize: 2 });
    await store.create(things, { ...key, count: 0 });
  });
  afterAll(async () => {
    await store.close();
    proxy.close();
    await database[Symbol.asyncDispose]();
  });

  test("[postgres.lost.reads] a read that is cut, before or after the server has heard it, comes through", async () => {
    for (const fault of ["cut-request", "cut-answer"] as const) {
      proxy.fail(fault);
      expect(await store.get(things, key)).toMatchObject({ count: 0 });
    }
  });

  test("[postgres.lost.writes] a write that is cut is not sent again, and the error says that it is unknown", async () => {
    const add = () => store.update(things, key, { add: { count: 1 } });
    const unknown = {
      code: "unavailable",
      message: expect.stringContaining("it is unknown whether it was done") as string,
    };
    proxy.fail("cut-request");
    await expect(add()).rejects.toMatchObject(unknown);
    expect(await store.get(things, key)).toMatchObject({ count: 0 });
    proxy.fail("cut-answer");
    await expect(add()).rejects.toMatchObject(unknown);
    await expect.poll(async () => (await store.get(things, key))?.count, { timeout: 5000 }).toBe(1);
    expect(await add()).toMatchObject({ count: 2, version: 3 });
  });

  test(
    "[postgres.lost.stalled] a connection that stalls ends in an error within ten seconds",
    { timeout: 30_000 },
    async () => {
      for (const call of [() => store.get(things, key), () => store.update(things, key, { add: { count: 1 } })]) {
        proxy.fail("stall");
        const started = performance.now();
        await expect(call()).rejects.toMatchObject({ code: "unavailable" });
        expect(performance.now() - started).toBeLessThan(10_000);
      }
      expect(await store.get(things, key)).toMatchObject({ count: 2 });
    },
  );

  test("[postgres.lost.heals] after the server has ended every connection, the store goes on", async () => {
    const name = new URL(database.url).pathname.slice(1);
    const end = () =>
      runSql(
        database.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
      );
    await Promise.all([store.get(things, key), store.get(things, key)]);
    await end();
    expect(await store.get(things, key)).toMatchObject({ count: 2 });
    await end();
    await expect.poll(async () => (await store.get(things, key))?.count, { timeout: 5000 }).toBe(2);
    expect(await store.update(things, key, { add: { count: 1 } })).toMatchObject({ count: 3 });
  });
});
