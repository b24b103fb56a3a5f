import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type ModelsConfig, offlineModelId, openModels } from "./index.ts";

const signal = new AbortController().signal;
const ids = async (config: ModelsConfig) => (await openModels(config)).list().map((info) => info.id);

test("[models.open.offline] with nothing configured, the offline model is the default", async () => {
  const models = await openModels({ providers: [] });
  expect(models.list()).toEqual([{ id: offlineModelId, provider: "offline", isDefault: true }]);
  await models.check(signal);
});

test("[models.open.default] the first provider that is ready gives the default, and the offline model stays", async () => {
  expect(await ids({ providers: [{ provider: "anthropic" }, { provider: "openai", apiKey: "k" }] })).toEqual([
    "openai/gpt-6.1-terra",
    offlineModelId,
  ]);
  expect(
    await ids({
      providers: [
        { provider: "anthropic", apiKey: "k", models: ["claude-opus-5-5", "claude-sonnet-5-5"] },
        { provider: "bedrock", region: "eu-north-1" },
      ],
      defaultModel: "bedrock/eu.amazon.nova-pro-v1:0",
    }),
  ).toEqual([
    "bedrock/eu.amazon.nova-pro-v1:0",
    "anthropic/claude-sonnet-5-5",
    "anthropic/claude-opus-5-5",
    offlineModelId,
  ]);
});

test("[models.open.default] a default without its provider is a model of the first one, slashes and all", async () => {
  const local = { provider: "openai-compatible", baseUrl: "http://localhost:1/v1", models: ["llama"] } as const;
  const models = await openModels({ providers: [local], defaultModel: "meta-llama/Llama-3" });
  expect(models.list().map((info) => info.id)).toEqual([
    "openai-compatible/meta-llama/Llama-3",
    "openai-compatible/llama",
    offlineModelId,
  ]);
  expect(models.list().map((info) => info.isDefault)).toEqual([true, false, false]);
});

test("[models.open.refused] a default that cannot be called is refused at once, with the variable to set", async () => {
  await expect(openModels({ providers: [], defaultModel: "xai/grok-4.7" })).rejects.toMatchObject({
    code: "model_not_configured",
    message: expect.stringContaining("GROK_API_KEY"),
  });
  await expect(openModels({ providers: [{ provider: "openai" }], defaultModel: "openai/x" })).rejects.toMatchObject({
    message: expect.stringContaining("OPENAI_API_KEY"),
  });
  await expect(openModels({ providers: [], defaultModel: "offline/other" })).rejects.toMatchObject({
    code: "model_not_found",
  });
  const twice = { provider: "openai", apiKey: "k" } as const;
  await expect(openModels({ providers: [twice, twice] })).rejects.toMatchObject({ code: "model_not_configured" });
  const nowhere = { provider: "openai-compatible", baseUrl: "localhost", models: ["m"] } as const;
  await expect(openModels({ providers: [nowhere] })).rejects.toMatchObject({ code: "model_not_configured" });
});

test("[models.open.lazy] opening the models and using the offline one loads no SDK", async () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { openModels } = await import(${JSON.stringify(new URL("index.ts", import.meta.url).href)});
    const signal = new AbortController().signal;
    const models = await openModels({ providers: [{ provider: "bedrock", region: "eu-north-1" },
      { provider: "anthropic", apiKey: "k" }, { provider: "offline", delayMs: 0 }] });
    const request = { system: "", messages: [], tools: [], signal };
    for await (const _ of models.stream({ ...request, model: "offline/aloft" }));
    const sdks = () => loaded.filter((url) => /node_modules\\/(@ai-sdk|@aws-sdk|@smithy)\\//.test(url)).length;
    const before = sdks();
    await models.stream({ ...request, model: "anthropic/m", signal: AbortSignal.timeout(300) })[Symbol.asyncIterator]().next().catch(() => {});
    console.log(JSON.stringify({ before, after: sdks(), files: loaded.length }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=aloft-source", "--input-type=module", "--eval", program],
    { env: { ...process.env, ANTHROPIC_BASE_URL: "http://127.0.0.1:9" } },
  );
  const { before, after, files } = JSON.parse(stdout) as { before: number; after: number; files: number };
  expect(files).toBeGreaterThan(3);
  expect(before).toBe(0);
  // the same probe does see a package once one is needed
  expect(after).toBeGreaterThan(0);
});
