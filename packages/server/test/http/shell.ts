import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openBlobs } from "@aloft/adapters/blobs/index";
import { openKeys } from "@aloft/adapters/keys/index";
import { openStore } from "@aloft/adapters/store/index";
import { createApiKey } from "@aloft/core/identity/api-keys";
import { newSession } from "@aloft/core/identity/sessions";
import { newUserOperations } from "@aloft/core/identity/users";
import type { Context, Scope } from "@aloft/core/context";
import type { Blobs } from "@aloft/core/ports/blobs";
import type { Keys } from "@aloft/core/ports/keys";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { type Config, defaultLimits, type LimitsConfig } from "@aloft/server/config/config";
import { type AppOptions, buildApp } from "@aloft/server/http/app";
import { sessionCookieName } from "@aloft/server/http/authenticate";
import { createLogger } from "@aloft/server/http/logging";
import type { Route } from "@aloft/server/http/route";
import type { Services } from "@aloft/server/services";
import { storeOf, testedStore } from "../../../../test/support/stores.ts";

type App = ReturnType<typeof buildApp>;
type Injected = Awaited<ReturnType<App["inject"]>>;
export type Headers = Readonly<Record<string, string>>;

export interface Shell extends AsyncDisposable {
  readonly app: App;
  readonly store: Store;
  readonly userId: string;
  /** Of a signed-in browser on this server's own page. */
  readonly browser: Headers;
  readonly log: () => string;
  /** Moves both clocks. */
  pass(ms: number): void;
  key(scopes: readonly Scope[], expiresInDays?: number): Promise<Headers>;
  send(method: string, url: string, headers?: Headers, body?: unknown): Promise<Injected>;
}

export interface ShellOptions {
  readonly config?: Partial<Config>;
  readonly limits?: Partial<LimitsConfig>;
  readonly app?: Partial<AppOptions>;
  /** A store that several servers share; its owner closes it. */
  readonly store?: Store;
  /** Keys that several servers share; their owner closes them. */
  readonly keys?: Keys;
}

/** Keys of the test's own, which go when they are closed. */
export async function ownKeys(): Promise<Keys> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-keys-"));
  const keys = await openKeys({ type: "file", path: join(folder, "keys.json") });
  const close = async () => {
    await keys.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...keys, close, [Symbol.asyncDispose]: close };
}

/** Blobs of the test's own, which go when they are closed. */
async function ownBlobs(): Promise<Blobs> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-blobs-"));
  const blobs = await openBlobs({ type: "filesystem", folder });
  return { ...blobs, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A store of the test's own, which goes when it is closed. */
export async function ownStore(now: () => Date): Promise<Store> {
  if (testedStore === "sqlite") return openStore({ type: "sqlite", path: ":memory:" }, { tables, schemaVersion, now });
  const own = await storeOf(randomUUID());
  const store = await own.open({ now });
  const close = async () => {
    await store.close();
    await own.drop();
  };
  return { ...store, close, [Symbol.asyncDispose]: close };
}

/** The HTTP shell around routes of a test's own, over a real store. */
export async function startShell(routes: readonly Route[], options: ShellOptions = {}): Promise<Shell> {
  let clockMs = Date.parse("2026-11-21T09:00:00.000Z");
  const now = () => new Date(clockMs);
  const store = options.store ?? (await ownStore(now));
  const keys = options.keys ?? (await ownKeys());
  const { user, operations } = newUserOperations(now(), { name: "Ann" });
  const session = await newSession(now(), user.id, undefined);
  await store.transact([...operations, session.operation]);
  let lines = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines += String(chunk);
      done();
    },
  });
  const config = {
    environment: "test",
    listen: { host: "127.0.0.1", port: 0, loopback: true },
    publicUrl: undefined,
    hosts: [],
    proxyHops: 0,
    stopGraceMs: 5000,
    authSecret: "k3y-of-the-test-0123456789-abcdefghij",
    ...options.config,
    limits: { ...defaultLimits, ...options.limits },
  };
  await using opened = new AsyncDisposableStack();
  const blobs = opened.use(await ownBlobs());
  const services = { config, store, keys, blobs, now } as unknown as Services;
  const logger = createLogger({ level: "info", destination, secrets: new Set([config.authSecret]) });
  const app = buildApp({
    routes,
    services,
    logger,
    version: "1.2.3",
    consoleDir: "/nowhere",
    nowMs: () => clockMs,
    ...options.app,
  });
  const context: Context = {
    store,
    now,
    principal: { userId: user.id, by: { kind: "session", id: "test" }, scopes: "all" },
    commit: async (operations, result) => {
      await store.transact(operations);
      return result;
    },
  };
  const owned = opened.move();
  return {
    app,
    store,
    userId: user.id,
    browser: {
      cookie: `${sessionCookieName(false, config.authSecret)}=${session.secret}`,
      "sec-fetch-site": "same-origin",
    },
    log: () => lines,
    pass: (ms) => void (clockMs += ms),
    async key(scopes, expiresInDays) {
      const { key } = await createApiKey(context, { name: "test", scopes, expiresInDays });
      return { authorization: `Bearer ${key}` };
    },
    send: (method, url, headers = {}, body) =>
      app.inject({
        method: method as "GET",
        url,
        headers: {
          host: "localhost:3000",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await owned.disposeAsync();
      if (options.store === undefined) await store.close();
      if (options.keys === undefined) await keys.close();
    },
  };
}
