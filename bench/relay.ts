import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openModels } from "@aloft/adapters/models/index";

/** Reads one answer from the provider at `baseUrl` and counts its tokens as they come, until it is aborted. */
export type Relay = (baseUrl: string, count: () => void, signal: AbortSignal) => Promise<void>;

const streams = 50;
const warmUpMs = 2_000;
const measuredMs = 5_000;
const rounds = 3;
const expectedTokensPerSecond = 5_000;
const model = "claude-sonnet-5-5";
const apiKey = "bench";
const prompt = "Talk.";

/** Our models port, as the agent proxy reads it. */
const ours: Relay = async (baseUrl, count, signal) => {
  const models = await openModels({ providers: [{ provider: "anthropic", apiKey, baseUrl }] });
  const request = { model: `anthropic/${model}`, system: "", tools: [], signal };
  for await (const event of models.stream({ ...request, messages: [{ role: "user", text: prompt }] })) {
    if (event.type === "text") count();
  }
};

/** The AI SDK, from the same provider package to the parts that it sends to a browser. */
const aiSdk: Relay = async (baseUrl, count, signal) => {
  const [{ streamText }, { createAnthropic }] = await Promise.all([import("ai"), import("@ai-sdk/anthropic")]);
  const anthropic = createAnthropic({ apiKey, baseURL: baseUrl });
  const result = streamText({ model: anthropic(model), prompt, abortSignal: signal, onError: () => undefined });
  for await (const part of result.toUIMessageStream()) {
    if (part.type === "text-delta") count();
  }
};

/**
 * CPU time, user and system, that this process spends on a token while 50 answers of 100 tokens a second are relayed.
 * The provider runs in a process of its own.
 * @throws {Error} when fewer tokens came than the rate to be measured at
 */
export async function cpuMicrosecondsPerToken(relay: Relay): Promise<number> {
  const provider = fork(fileURLToPath(new URL("relay-server.ts", import.meta.url)), {
    execArgv: ["--conditions=aloft-source"],
  });
  const stop = new AbortController();
  try {
    const [baseUrl] = (await once(provider, "message")) as [string];
    let tokens = 0;
    const count = () => void (tokens += 1);
    const readers = Array.from({ length: streams }, () => relay(baseUrl, count, stop.signal));
    const ended = Promise.race(readers).then(() => {
      throw new Error("An answer ended before it was measured.");
    });
    const measured = async (): Promise<number> => {
      await setTimeout(warmUpMs);
      tokens = 0;
      const before = process.cpuUsage();
      const started = performance.now();
      await setTimeout(measuredMs);
      const { user, system } = process.cpuUsage(before);
      const perSecond = (tokens * 1_000) / (performance.now() - started);
      if (perSecond < expectedTokensPerSecond * 0.9) throw new Error(`Only ${Math.round(perSecond)} tokens/s came.`);
      return (user + system) / tokens;
    };
    ended.catch(() => undefined);
    const result = await Promise.race([measured(), ended]);
    stop.abort();
    await Promise.allSettled(readers);
    return result;
  } finally {
    stop.abort();
    if (provider.connected) provider.disconnect();
  }
}

/** What the AI SDK spends on the same, from the provider's socket to its UI stream. */
export const aiSdkMicrosecondsPerToken = (): Promise<number> => cpuMicrosecondsPerToken(aiSdk);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Token relay: from the provider's socket to text events. The event hub and the sockets' writing are not in it yet. */
export const relay = {
  name: "relay",
  goal: "≤ 100 CPU µs a token at 5,000 tokens/s, provider to browser",
  async run(): Promise<{ ours: number; peer: number; ratio: number; unit: string }> {
    const found: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
    for (let round = 0; round < rounds; round += 1) {
      found.ours.push(await cpuMicrosecondsPerToken(ours));
      found.peer.push(await cpuMicrosecondsPerToken(aiSdk));
    }
    const [mine, theirs] = [median(found.ours), median(found.peer)];
    return { ours: mine, peer: theirs, ratio: mine / theirs, unit: "CPU µs a token (lower is better)" };
  },
};

export default relay;

if (import.meta.main)
  console.log(JSON.stringify({ name: relay.name, goal: relay.goal, ...(await relay.run()) }, null, 2));
