import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { OpenStoreUnderTest } from "@aloft/core/contract/store";
import { postgresStore, type PostgresStoreOptions } from "../postgres.ts";

/** Gives the URL of a superuser on a server that tests may use. */
export type TestServer = () => Promise<{ readonly url: string }>;

/** A database of its own on a real server, dropped when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  /** The superuser's. */
  readonly url: string;
}

export async function createTestDatabase(server: TestServer): Promise<TestDatabase> {
  const { url } = await server();
  const name = `aloft_${randomBytes(6).toString("hex")}`;
  await runSql(url, `CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    [Symbol.asyncDispose]: () => runSql(url, `DROP DATABASE ${name} WITH (FORCE)`).then(() => undefined),
  };
}

/** Runs SQL on a connection of its own. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

interface Shared {
  readonly database: Promise<TestDatabase>;
  users: number;
}
const shared = new Map<string, Shared>();

/** The database that the stores of this process share; it goes with the last of them. */
async function useDatabase(server: TestServer): Promise<TestDatabase> {
  const { url: serverUrl } = await server();
  let entry = shared.get(serverUrl);
  if (entry === undefined) {
    entry = { database: createTestDatabase(server), users: 0 };
    shared.set(serverUrl, entry);
  }
  const { database } = entry;
  entry.users++;
  const { url } = await database;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      entry.users--;
      if (entry.users > 0) return;
      shared.delete(serverUrl);
      await (await database)[Symbol.asyncDispose]();
    },
  };
}

let tenants = 0;

/** Opens stores for the contract: each a tenant of its own in a database that they share. */
export function openTestPostgres(server: TestServer): OpenStoreUnderTest {
  return async (options) => {
    const database = await useDatabase(server);
    let now = (): Date => new Date();
    const settings: PostgresStoreOptions = {
      ...options,
      url: database.url,
      tenant: `t${process.pid}.${++tenants}`,
      poolSize: 2,
      upkeep: false,
      now: () => now(),
    };
    const store = await postgresStore(settings);
    return {
      store,
      reopen: () => postgresStore(settings),
      setNow: (date) => {
        now = () => date;
      },
      [Symbol.asyncDispose]: async () => {
        await store.close();
        await database[Symbol.asyncDispose]();
      },
    };
  };
}

/** A user who is no superuser and owns the database, as deployments have one; gone with its server. */
export async function createOwner(database: TestDatabase, password = "owner"): Promise<string> {
  const name = `owner_${randomBytes(6).toString("hex")}`;
  await runSql(database.url, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  await runSql(database.url, `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO ${name}`);
  await runSql(database.url, `ALTER SCHEMA public OWNER TO ${name}`);
  const url = new URL(database.url);
  url.username = name;
  url.password = password;
  return url.href;
}
