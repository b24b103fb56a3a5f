import { modelsContract, type ModelsFixture } from "@aloft/core/contract/models";
import { openModels, type ProviderConfig } from "./index.ts";
import {
  type AnswerPart,
  answerText,
  answerToolCall,
  type ProviderServer,
  providerServer,
} from "./testing/provider-server.ts";

modelsContract("offline", async () => ({
  models: await openModels({ providers: [{ provider: "offline", delayMs: 0 }] }),
  say: (text) => `reply with "${text}"`,
  callTool: (tool, input) =>
    `use ${tool.name} with ${Object.entries(input)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ")}`,
  talk: () => "count to 1000000",
  async [Symbol.asyncDispose]() {},
}));

const wires: readonly ((server: ProviderServer) => ProviderConfig)[] = [
  (server) => ({ provider: "anthropic", apiKey: "test-key", baseUrl: server.baseUrl("anthropic") }),
  (server) => ({ provider: "openai", apiKey: "test-key", baseUrl: server.baseUrl("openai") }),
  (server) => ({ provider: "xai", apiKey: "test-key", baseUrl: server.baseUrl("xai") }),
  (server) => ({ provider: "openai-compatible", baseUrl: server.baseUrl("openai-compatible"), models: ["llama"] }),
  (server) => ({
    provider: "bedrock",
    region: "eu-north-1",
    baseUrl: server.baseUrl("bedrock"),
    credentials: async () => ({ accessKeyId: "AKIDTEST", secretAccessKey: "secret" }),
  }),
];
const names = ["anthropic", "openai", "xai", "openai-compatible", "bedrock"];

for (const [index, config] of wires.entries()) modelsContract(names[index] ?? "", () => overTheWire(config));

async function overTheWire(config: (server: ProviderServer) => ProviderConfig): Promise<ModelsFixture> {
  const server = await providerServer();
  return {
    models: await openModels({ providers: [config(server)] }),
    say(text) {
      server.next({ ...answerText(text), bytesPerWrite: 7 });
      return "Say it.";
    },
    callTool(tool, input, result) {
      server.next(answerToolCall("call_1", tool.name, input), answerText(`The tool says: ${result}`));
      return "Use the tool.";
    },
    talk() {
      server.next({ parts: endless() });
      return "Talk.";
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function* endless(): Iterable<AnswerPart> {
  for (;;) {
    yield { text: "and " };
    yield { waitMs: 1 };
  }
}
