import { modelsContract, type ModelsFixture } from "@aloft/core/contract/models";
import type { RemoteProviderName } from "./config.ts";
import { openModels } from "./index.ts";
import { type AnswerPart, answerText, answerToolCall, providerServer } from "./testing/provider-server.ts";
import { remoteProviders, wireModels } from "./testing/wire-models.ts";

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

for (const provider of remoteProviders) modelsContract(provider, () => overTheWire(provider));

async function overTheWire(provider: RemoteProviderName): Promise<ModelsFixture> {
  const server = await providerServer();
  return {
    models: await wireModels(provider, server),
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
