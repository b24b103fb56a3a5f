import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startServer } from "@aloft/server";
import { aiSdkMicrosecondsPerToken } from "./relay.ts";

const conversations = 50;
const warmUpMs = 3_000;
const measuredMs = 5_000;
const tokensPerSecond = 5_000;

function child(file: string, env: Readonly<Record<string, string>> = {}) {
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ["--conditions=aloft-source"],
    env: { ...process.env, ...env },
  });
}

/** A signed-in owner who calls the API. */
async function signIn(link: string): Promise<{
  cookie: string;
  post: (path: string, body: object) => Promise<{ readonly id: string; readonly code: string }>;
}> {
  const opened = await fetch(link, { redirect: "manual" });
  const cookie = (opened.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
  const headers = { cookie, "sec-fetch-site": "same-origin", "content-type": "application/json" };
  return {
    cookie,
    async post(path, body) {
      const answer = await fetch(new URL(path, link), { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as { id: string; code: string };
    },
  };
}

/**
 * CPU time of the whole server, user and system, for a token of 50 replies of 100 tokens a second, each streamed to a
 * listener: from the provider's socket through turns and events to the listeners' sockets. Provider and listeners run
 * in processes of their own.
 * @throws {Error} when fewer tokens reached the listeners than the rate to be measured at
 */
async function cpuMicrosecondsPerToken(): Promise<number> {
  const provider = child("relay-server.ts", { RELAY_PROVIDER: "openai-compatible" });
  const [baseUrl] = (await once(provider, "message")) as [string];
  const dataDir = await mkdtemp(join(tmpdir(), "aloft-bench-"));
  const env = { ALOFT_ENV: "production", LOG_LEVEL: "error", OPENAI_BASE_URL: baseUrl, DEFAULT_MODEL: "bench" };
  const limits = { ALOFT_USER_RATE: "10000", ALOFT_USER_BURST: "10000" };
  const server = await startServer({ env: { ...env, ...limits }, port: 0, dataDir });
  const listeners = child("stream-listeners.ts");
  try {
    const { cookie, post } = await signIn(await server.createSignInLink());
    const users = await Promise.all(
      Array.from({ length: Math.ceil(conversations / 16) }, async () => {
        const me = await (await fetch(`${server.url}/api/v1/me`, { headers: { cookie } })).json();
        const { code } = await post(`/api/v1/organizations/${me.defaultOrganizationId}/invitations`, {
          role: "member",
        });
        const accept = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"Talker"}' };
        const joined = await fetch(`${server.url}/api/v1/invitations/${code}/accept`, accept);
        return (joined.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
      }),
    );
    const begun = await Promise.all(
      Array.from({ length: conversations }, async (_, i) => {
        const mine = users[i % users.length] ?? cookie;
        const headers = { cookie: mine, "sec-fetch-site": "same-origin", "content-type": "application/json" };
        const call = async (path: string, body: object) =>
          (await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
        const agent = await call("/api/v1/agents", { name: "Talker" });
        const { id } = await call("/api/v1/conversations", { agentIds: [agent.id] });
        return { id, cookie: mine, say: () => call(`/api/v1/conversations/${id}/messages`, { text: "Talk." }) };
      }),
    );
    listeners.send({ url: server.url, conversations: begun.map(({ id, cookie }) => ({ id, cookie })) });
    await once(listeners, "message");
    await Promise.all(begun.map(({ say }) => say()));
    await setTimeout(warmUpMs);
    const count = async (): Promise<number> => {
      listeners.send("count");
      const [tokens] = (await once(listeners, "message")) as [number];
      return tokens;
    };
    const [before, cpu, started] = [await count(), process.cpuUsage(), performance.now()];
    await setTimeout(measuredMs);
    const { user, system } = process.cpuUsage(cpu);
    const tokens = (await count()) - before;
    const perSecond = (tokens * 1_000) / (performance.now() - started);
    if (perSecond < tokensPerSecond * 0.9) throw new Error(`Only ${Math.round(perSecond)} tokens/s reached listeners.`);
    return (user + system) / tokens;
  } finally {
    listeners.disconnect();
    provider.disconnect();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Token relay through the whole server, held against the AI SDK from the provider's socket to its UI stream alone. */
export default {
  name: "stream",
  goal: "≤ 100 CPU µs a token at 5,000 tokens/s, provider to browser",
  async run(): Promise<{ ours: number; peer: number; ratio: number; unit: string }> {
    const ours = await cpuMicrosecondsPerToken();
    const peer = await aiSdkMicrosecondsPerToken();
    return { ours, peer, ratio: ours / peer, unit: "CPU µs a token (lower is better)" };
  },
};
