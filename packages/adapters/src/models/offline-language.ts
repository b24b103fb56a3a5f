import {
  ModelError,
  type ModelErrorCode,
  type ModelEvent,
  type ToolCall,
  type ToolDescription,
} from "@aloft/core/ports/models";

export type FinishReason = Extract<ModelEvent, { type: "finish" }>["reason"];

/** What a user's text asks of the offline model; its grammar is told at {@link offlineModels}. */
export interface OfflinePlan {
  readonly fail: { readonly code: ModelErrorCode; readonly afterNumbers: number } | undefined;
  readonly retries: number;
  readonly reasoning: boolean;
  readonly finish: FinishReason | undefined;
  /** Said word for word instead of an answer. */
  readonly reply: string | undefined;
  readonly countTo: number | undefined;
  /** Steps in order; the calls of one step are made together. */
  readonly steps: readonly (readonly PlannedCall[])[];
  /** The last step is made again and again. */
  readonly endless: boolean;
}

export interface PlannedCall {
  readonly tool: string;
  readonly input: unknown;
}

const codes: readonly ModelErrorCode[] = [
  "model_not_configured",
  "model_not_found",
  "model_key_refused",
  "model_overloaded",
  "model_rate_limited",
  "model_request_refused",
  "model_timeout",
  "model_cut_off",
  "model_unreachable",
  "model_failed",
];
const finishes: readonly FinishReason[] = ["stop", "tool-calls", "length", "content-filter", "other"];
const maxCount = 1_000_000;

export function planOf(text: string, tools: readonly ToolDescription[]): OfflinePlan {
  const failure = /\bfail with (model_[a-z_]+)(?: after (\d+))?/i.exec(text);
  const code = codes.find((code) => code === failure?.[1]?.toLowerCase());
  const finish = /\bfinish with ([a-z-]+)/i.exec(text)?.[1]?.toLowerCase();
  const count = /\bcount to (\d+)/i.exec(text)?.[1];
  return {
    fail: code === undefined ? undefined : { code, afterNumbers: Math.min(Number(failure?.[2] ?? 0), maxCount) },
    retries: Math.min(Number(/\bretry (\d+) times?\b/i.exec(text)?.[1] ?? 0), 10),
    reasoning: /\bthink\b/i.test(text),
    finish: finishes.find((known) => known === finish),
    reply: /\breply with "([^"]*)"/i.exec(text)?.[1],
    countTo: count === undefined ? undefined : Math.min(Number(count), maxCount),
    ...stepsOf(text, tools),
  };
}

export function plannedFailure(code: ModelErrorCode): ModelError {
  return new ModelError(code, `The offline model failed with ${code}, as the message asked.`);
}

function stepsOf(text: string, tools: readonly ToolDescription[]): Pick<OfflinePlan, "steps" | "endless"> {
  const named = tools
    .map((tool) => ({ tool, at: mention(text, tool.name) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ tool }) => tool);
  const chosen = named.length > 0 ? named : tools.filter((tool) => tool === bestMatch(text, tools));
  const bad = /\bwith bad input\b/i.test(text);
  const calls = chosen.map((tool) => ({ tool: tool.name, input: bad ? "bad input" : inputFor(tool, text) }));
  const together = /\btogether\b/i.test(text);
  return {
    steps: together && calls.length > 0 ? [calls] : calls.map((call) => [call]),
    endless: calls.length > 0 && /\bkeep using\b/i.test(text),
  };
}

function mention(text: string, name: string): number {
  const escaped = name.replace(/[^\w]/g, String.raw`\$&`);
  return (
    new RegExp(String.raw`\b(?:use|using|call|and|then)\s+(?:the\s+)?(?:tool\s+)?\W?${escaped}(?![\w-])`, "i").exec(
      text,
    )?.index ?? -1
  );
}

const stopWords = new Set(
  "this that with from into your their they which when what have used uses give gives returns tool".split(" "),
);

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.map((word) => (word.length > 3 ? word.replace(/(?:es|s)$/, "") : word)));
}

function bestMatch(text: string, tools: readonly ToolDescription[]): ToolDescription | undefined {
  const said = wordsOf(text);
  let best: { tool: ToolDescription; score: number } | undefined;
  for (const tool of tools) {
    const names = [...wordsOf(tool.name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " "))];
    const words = [...wordsOf(tool.description)].filter((word) => word.length > 3 && !stopWords.has(word));
    const nameHits = names.filter((word) => said.has(word)).length;
    const score = nameHits * 2 + words.filter((word) => !names.includes(word) && said.has(word)).length;
    const fits = nameHits === names.length || score >= 2;
    if (fits && score > (best?.score ?? 0)) best = { tool, score };
  }
  return best?.tool;
}

type Schema = Readonly<Record<string, unknown>>;

interface Source {
  readonly text: string;
  /** Quoted strings and numbers not yet given away, in the text's order. */
  readonly quoted: string[];
  readonly numbers: number[];
}

/** Fills what `tool` requires, and what the text names as `name=value` or `name: value`. */
function inputFor(tool: ToolDescription, text: string): unknown {
  const source: Source = {
    text,
    quoted: [...text.matchAll(/"([^"]*)"|“([^”]*)”|`([^`]*)`/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? ""),
    numbers: [...text.replace(/"[^"]*"|“[^”]*”|`[^`]*`/g, " ").matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?!\w)/g)].map(
      Number,
    ),
  };
  return objectFor(tool.inputSchema, source);
}

function objectFor(schema: Schema, source: Source): Record<string, unknown> {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.filter((key) => typeof key === "string") : [];
  const input: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    const shape = isObject(property) ? property : {};
    const given = namedValue(name, shape, source);
    if (given !== undefined) input[name] = given;
    else if (required.includes(name)) input[name] = valueFor(shape, source);
  }
  return input;
}

function namedValue(name: string, schema: Schema, source: Source): unknown {
  const escaped = name.replace(/[^\w]/g, String.raw`\$&`);
  const match = new RegExp(String.raw`\b${escaped}\s*[=:]\s*(?:"([^"]*)"|([^\s,;]+))`, "i").exec(source.text);
  if (match === null) return undefined;
  const raw = match[1] ?? match[2] ?? "";
  take(source.quoted, match[1]);
  const type = typeOf(schema);
  if (type === "boolean") return raw.toLowerCase() === "true";
  if (type !== "number" && type !== "integer") return raw;
  take(source.numbers, Number(raw));
  return Number(raw);
}

function take<T>(values: T[], value: T | undefined): void {
  const at = value === undefined ? -1 : values.indexOf(value);
  if (at >= 0) values.splice(at, 1);
}

function valueFor(schema: Schema, source: Source): unknown {
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) {
    const said = schema.enum.find(
      (value) => typeof value === "string" && source.text.toLowerCase().includes(value.toLowerCase()),
    );
    return said ?? schema.enum[0];
  }
  switch (typeOf(schema)) {
    case "number":
    case "integer":
      return source.numbers.shift() ?? schema.default ?? schema.minimum ?? 0;
    case "boolean":
      return schema.default ?? !/\b(?:no|not|false|off)\b/i.test(source.text);
    case "array":
      return [valueFor(isObject(schema.items) ? schema.items : {}, source)];
    case "object":
      return objectFor(schema, source);
    case "null":
      return null;
    default:
      return source.quoted.shift() ?? schema.default ?? source.text;
  }
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((type) => type !== "null") : schema.type;
  if (typeof type === "string") return type;
  return isObject(schema.properties) ? "object" : "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The calls that the next step makes, given those already made since the user spoke; empty: it is time to answer. */
export function nextCalls(plan: OfflinePlan, stepsDone: number, turn: number): ToolCall[] {
  const step = plan.steps[stepsDone] ?? (plan.endless ? plan.steps.at(-1) : undefined) ?? [];
  return step.map(({ tool, input }, index) => ({ id: `offline-${turn}-${stepsDone}-${index}`, name: tool, input }));
}
