import type { ModelProvider, ModelsConfig, ProviderName } from "./config.ts";
import type { Variable } from "./env.ts";
import type { Reader } from "./reader.ts";

const names = ["anthropic", "openai", "grok", "bedrock", "offline"] as const satisfies readonly ProviderName[];

/** What makes a provider usable, with an example for who lacks it. */
const needs = {
  anthropic: { variables: ["ANTHROPIC_API_KEY"], example: "ANTHROPIC_API_KEY=sk-ant-api03-…" },
  openai: { variables: ["OPENAI_API_KEY"], example: "OPENAI_API_KEY=sk-proj-…" },
  grok: { variables: ["GROK_API_KEY"], example: "GROK_API_KEY=xai-…" },
  bedrock: { variables: ["BEDROCK_REGION", "AWS_REGION"], example: "BEDROCK_REGION=us-east-1" },
  offline: { variables: [], example: "LLM_PROVIDER=offline" },
} as const satisfies Record<ProviderName, { variables: readonly Variable[]; example: string }>;

/** Which provider's models are named like this, where that is plain. */
const families: readonly (readonly [RegExp, ProviderName])[] = [
  [/^claude-/, "anthropic"],
  [/^(?:gpt-|chatgpt-|o\d)/, "openai"],
  [/^grok-/, "grok"],
];

/** Which models answer. Without LLM_PROVIDER, those of the first provider that has a key; without any, the offline model. */
export function readModels(read: Reader): ModelsConfig {
  const given = read.text("LLM_PROVIDER");
  const chosen = given === undefined ? undefined : providerName(given);
  if (given !== undefined && chosen === undefined) {
    read.fault("LLM_PROVIDER", `It must be one of ${names.join(", ")}.`, "LLM_PROVIDER=anthropic");
  }
  const model = readDefaultModel(read, chosen);
  const wanted = model?.provider ?? chosen;
  const configured = readProviders(read, wanted === "bedrock" || chosen === "bedrock");
  const first = wanted === undefined ? configured[0] : configured.find(({ name }) => name === wanted);
  if (first === undefined && wanted !== undefined) faultOfMissing(read, wanted, model?.provider !== undefined);
  if (model !== undefined && first === undefined && wanted === undefined) {
    read.fault("DEFAULT_MODEL", "It names a model, but no provider is configured.", needs.anthropic.example);
  }
  if (first?.name === "openai" && first.baseUrl !== undefined && model === undefined) {
    const problem = "Which model the server at OPENAI_BASE_URL is to run is not said.";
    read.fault(["OPENAI_BASE_URL", "DEFAULT_MODEL"], problem, "DEFAULT_MODEL=llama4");
  }
  const others = configured.filter((provider) => provider !== first);
  return { providers: [first ?? { name: "offline" }, ...others], defaultModel: model?.name };
}

function providerName(given: string): ProviderName | undefined {
  return given === "xai" ? "grok" : names.find((name) => name === given);
}

interface NamedModel {
  readonly name: string;
  /** Undefined: of whichever provider is first. */
  readonly provider: ProviderName | undefined;
}

function readDefaultModel(read: Reader, chosen: ProviderName | undefined): NamedModel | undefined {
  const given = read.text("DEFAULT_MODEL");
  if (given === undefined) return undefined;
  if (!/^[\w./:@-]{1,200}$/.test(given)) {
    read.fault("DEFAULT_MODEL", "It must be the name of a model.", "DEFAULT_MODEL=anthropic/claude-sonnet-5-5");
    return undefined;
  }
  const slash = given.indexOf("/");
  const prefix = slash < 0 ? undefined : providerName(given.slice(0, slash));
  const anyName = read.text("OPENAI_BASE_URL") !== undefined;
  const family = anyName ? undefined : families.find(([pattern]) => pattern.test(given))?.[1];
  const provider = prefix ?? family ?? chosen;
  const name = prefix === undefined ? given : given.slice(slash + 1);
  if (chosen !== undefined && provider !== chosen) {
    const problem = "They name different providers.";
    read.fault(["LLM_PROVIDER", "DEFAULT_MODEL"], problem, `LLM_PROVIDER=${provider ?? "anthropic"}`);
  }
  return { name, provider };
}

function readProviders(read: Reader, withBedrock: boolean): ModelProvider[] {
  const anthropic = read.secret("ANTHROPIC_API_KEY", needs.anthropic.example);
  const openai = read.secret("OPENAI_API_KEY", needs.openai.example);
  const baseUrl = read.url("OPENAI_BASE_URL", "OPENAI_BASE_URL=http://localhost:11434/v1");
  const grok = read.secret("GROK_API_KEY", needs.grok.example);
  return [
    ...(anthropic === undefined ? [] : [{ name: "anthropic", apiKey: anthropic } as const]),
    ...(openai === undefined && baseUrl === undefined
      ? []
      : [{ name: "openai", apiKey: openai, baseUrl: baseUrl?.href.replace(/\/$/, "") } as const]),
    ...(grok === undefined ? [] : [{ name: "grok", apiKey: grok } as const]),
    ...(withBedrock ? readBedrock(read) : []),
  ];
}

function readBedrock(read: Reader): ModelProvider[] {
  const variable = read.text("BEDROCK_REGION") === undefined ? "AWS_REGION" : "BEDROCK_REGION";
  const region = read.text(variable);
  const pair = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  if (pair.filter((name) => read.text(name) !== undefined).length === 1) {
    read.fault(pair, "One is set without the other.", "AWS_ACCESS_KEY_ID=AKIA… with AWS_SECRET_ACCESS_KEY=…");
  }
  if (region === undefined) return [];
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region))
    read.fault(variable, "It is not an AWS region.", `${variable}=us-east-1`);
  return [{ name: "bedrock", region }];
}

function faultOfMissing(read: Reader, wanted: ProviderName, byModel: boolean): void {
  if (wanted === "offline") return;
  const { variables, example } = needs[wanted];
  const by = byModel ? "DEFAULT_MODEL" : "LLM_PROVIDER";
  read.fault(
    [by, ...variables.slice(0, 1)],
    `${by} asks for ${wanted}, but ${variables.join(" or ")} is not set.`,
    example,
  );
}
