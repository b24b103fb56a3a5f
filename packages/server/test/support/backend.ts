import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { startServer, type RunningServer } from "@aloft/server";
import type { StoreRequest } from "@aloft/adapters/store/index";
import { type StoreName, storeOf } from "../../../../test/support/stores.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** Somebody who calls the API: by a session cookie, an API key, or as nobody. */
export interface Client {
  readonly headers: Readonly<Record<string, string>>;
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Backend extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly server: RunningServer;
  /** All log lines so far. */
  readonly log: () => string;
  readonly nobody: Client;
  readonly owner: Client;
  client(headers: Readonly<Record<string, string>>): Client;
  /** A new user, by an invitation to the owner's organization. */
  join(name: string): Promise<Client & { readonly userId: string }>;
  stop(): Promise<void>;
}

export function client(url: string, headers: Readonly<Record<string, string>>): Client {
  const request: Client["request"] = async (method, path, body, more = {}) => {
    const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...json, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    headers,
    request,
    get: (path) => request("GET", path),
    post: (path, body, more) => request("POST", path, body, more),
  };
}

export function cookieOf(headers: Headers): string {
  return (headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
}

/** The whole server on a free port, over a data folder of its own or one given. */
export async function startBackend(
  options: {
    readonly dataDir?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly store?: StoreName;
    readonly onStoreRequest?: (request: StoreRequest) => void;
  } = {},
): Promise<Backend> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "aloft-test-")));
  let lines = "";
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      lines += String(chunk);
      done();
    },
  });
  const { onStoreRequest } = options;
  const store = await storeOf(dataDir, options.store);
  const env = { ALOFT_ENV: "test", LOG_LEVEL: "info", ...store.env, ...options.env };
  const server = await startServer({
    env,
    port: 0,
    dataDir,
    logTo,
    ...(onStoreRequest === undefined ? {} : { onStoreRequest }),
  });
  const nobody = client(server.url, {});
  const spent = await fetch(await server.createSignInLink(), { redirect: "manual" });
  const owner = client(server.url, { cookie: cookieOf(spent.headers), "sec-fetch-site": "same-origin" });
  const stop = () => server.close();
  return {
    url: server.url,
    dataDir,
    server,
    log: () => lines,
    nobody,
    owner,
    client: (headers) => client(server.url, headers),
    async join(name) {
      const { body: me } = await owner.get("/api/v1/me");
      const made = await owner.post(`/api/v1/organizations/${me.defaultOrganizationId}/invitations`, {
        role: "member",
      });
      const accepted = await nobody.post(`/api/v1/invitations/${made.body.code}/accept`, { name });
      const cookie = cookieOf(accepted.headers);
      const joined = client(server.url, { cookie, "sec-fetch-site": "same-origin" });
      return { ...joined, userId: accepted.body.userId };
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.dataDir !== undefined) return;
      await store.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is there, or throws after `timeoutMs`. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined, timeoutMs = 10_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error("what was waited for did not happen");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
