import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { client, cookieOf, until } from "../packages/server/test/support/backend.ts";
import { root, startServer } from "./support/child.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-modules-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ofSdk = /\/node_modules\/(@aws-sdk|@aws-crypto|@aws|@smithy|aws-sdk|@ai-sdk|ai|openai|@anthropic-ai)\//;

/** Starts, signs in, makes an agent, and talks with it. Gives the reply and every module that was loaded. */
async function talk(name: string, env: Readonly<Record<string, string>>) {
  const log = join(scratch, `${name}.txt`);
  const preload = `--import=${root}test/support/record-modules.mjs`;
  const dataDir = join(scratch, name);
  await using server = await startServer(dataDir, { env: { ...env, NODE_OPTIONS: preload, MODULES_LOADED: log } });
  const { url, signInUrl } = server.ready;
  const spent = await fetch(signInUrl, { redirect: "manual" });
  const owner = client(url, { cookie: cookieOf(spent.headers), "sec-fetch-site": "same-origin" });
  const agent = await owner.post("/api/v1/agents", { name: "Guide" });
  const conversation = await owner.post("/api/v1/conversations", { agentIds: [agent.body.id] });
  const messages = `/api/v1/conversations/${conversation.body.id}/messages`;
  await owner.post(messages, { text: "Hello" });
  const reply = await until(async () => {
    const { items } = (await owner.get(messages)).body;
    return items.find(({ author }: { author: { kind: string } }) => author.kind === "agent");
  });
  await owner.get("/api/v1/me");
  await owner.get("/docs");
  await owner.get("/openapi.json");
  await server.stop();
  return { reply, modules: readFileSync(log, "utf8").split("\n") };
}

test("[house.start.aws-free] a start, a sign-in and a conversation load no AWS SDK and no provider's package", async () => {
  const { reply, modules } = await talk("offline", {});
  expect(reply).toMatchObject({ status: "complete", author: { name: "Guide" } });
  // What is known to be loaded was seen, so what was not seen was not loaded.
  expect(modules.filter((url) => url.endsWith("/packages/adapters/src/store/sqlite.ts"))).not.toEqual([]);
  expect(modules.filter((url) => url.includes("/node_modules/fastify/"))).not.toEqual([]);
  expect(modules.filter((url) => ofSdk.test(url))).toEqual([]);
});

test("[house.start.aws-free] a provider's package is loaded once its model is called, and would have been seen", async () => {
  const provider = createServer((_request, response) => {
    response.writeHead(401, { "content-type": "application/json" }).end(`{"error":{"message":"no"}}`);
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const { port } = provider.address() as AddressInfo;
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, DEFAULT_MODEL: "llama4" };
  const { reply, modules } = await talk("compatible", env);
  provider.closeAllConnections();
  provider.close();
  expect(reply).toMatchObject({ status: "failed", error: { code: "model_key_refused" } });
  expect(modules.filter((url) => ofSdk.test(url))).not.toEqual([]);
});
