import { setImmediate, setTimeout } from "node:timers/promises";
import {
  ModelError,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  type Models,
  type ModelUsage,
} from "@aloft/core/ports/models";
import { defaultModels } from "./config.ts";
import { type FinishReason, nextCalls, type OfflinePlan, planOf, plannedFailure } from "./offline-language.ts";

/** The id of the model that needs no key. */
export const offlineModelId = `offline/${defaultModels.offline}`;

const charactersPerToken = 4;
/** Without a pause, other work gets its turn once every so many pieces. */
const piecesBetweenBreaths = 16;

type FinishEvent = Extract<ModelEvent, { type: "finish" }>;

/**
 * A model that needs no key and no network: the same request gets the same answer. It says that it is offline, calls
 * tools and quotes what they returned, so that every path can be seen and tested.
 *
 * What it does is read from the user's last text (case does not matter; several may be combined):
 * - `use <tool>` (or `call`, `using`): calls the tools named, one a step, in the order of the text; with `together`,
 *   all in one step; with `keep using <tool>`, at every step without end. Without such words it calls the one tool whose
 *   name occurs in the text, or most of whose description does. What a tool requires is filled from `name=value`, then
 *   from quoted strings and numbers in order. `with bad input` calls with input that is no object.
 *   Then it answers, quoting every result or error.
 * - `reply with "…"`: says just that.
 * - `count to N`: streams the numbers 1 to N, one piece each.
 * - `think`: reasons before it answers.
 * - `retry N times`: reports N retries before anything else.
 * - `finish with length|content-filter|other`: gives that as the reason for the end.
 * - `fail with <ModelErrorCode>`: throws that error; with ` after N`, once it has streamed N numbers.
 * - anything else: it is quoted.
 *
 * Usage is counted at four characters a token, and `maxOutputTokens` cuts the answer (`length`).
 */
export function offlineModels(options: { readonly delayMs?: number } = {}): Models {
  const pace = pacer(options.delayMs ?? 8);
  return {
    list: () => [{ id: offlineModelId, provider: "offline", isDefault: true }],
    stream: (request) => step(request, pace),
    async check(signal) {
      signal.throwIfAborted();
    },
  };
}

type Pace = (signal: AbortSignal) => Promise<void> | undefined;

function pacer(delayMs: number): Pace {
  let pieces = 0;
  return (signal) => {
    if (delayMs > 0) return setTimeout(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    signal.throwIfAborted();
    pieces += 1;
    return pieces % piecesBetweenBreaths === 0 ? setImmediate() : undefined;
  };
}

async function* step(request: ModelRequest, pace: Pace): AsyncGenerator<ModelEvent, void> {
  request.signal.throwIfAborted();
  if (request.model !== offlineModelId) {
    throw new ModelError(
      "model_not_found",
      `There is no model ${request.model}; the offline one is ${offlineModelId}.`,
    );
  }
  const at = request.messages.findLastIndex((message) => message.role === "user");
  const user = request.messages[at];
  const text = user?.role === "user" ? user.text : "";
  const plan = planOf(text, request.tools);
  const since = request.messages.slice(at + 1);
  const stepsDone = since.filter((message) => message.role === "assistant" && message.toolCalls?.length).length;
  if (stepsDone === 0) yield* opening(plan, pace, request.signal);
  const calls = nextCalls(plan, stepsDone, Math.max(at, 0));
  const output: Output = { request, pace, characters: 0, left: budget(request) };
  if (calls.length === 0) {
    const wholly = yield* say(answerPieces(plan, text, since), output);
    yield finish(plan.finish ?? (wholly ? "stop" : "length"), output);
    return;
  }
  yield* say(pieces(`I am offline, and call ${calls.map((call) => call.name).join(", ")}. `), output);
  for (const call of calls) {
    output.characters += call.name.length + (JSON.stringify(call.input)?.length ?? 0);
    yield { type: "tool-call", call };
  }
  yield finish("tool-calls", output);
}

async function* opening(plan: OfflinePlan, pace: Pace, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
  for (let attempt = 1; attempt <= plan.retries; attempt += 1) {
    yield { type: "retry", attempt, delayMs: 0, code: "model_overloaded" };
    await pace(signal);
  }
  if (plan.fail?.afterNumbers === 0) throw plannedFailure(plan.fail.code);
  if (plan.reasoning) {
    for (const piece of pieces("The offline model thinks: it will quote what it was told.")) {
      await pace(signal);
      yield { type: "reasoning", text: piece };
    }
  }
}

interface Output {
  readonly request: ModelRequest;
  readonly pace: Pace;
  characters: number;
  /** Characters that `maxOutputTokens` leaves. */
  left: number;
}

/** Streams the pieces; false when `maxOutputTokens` cut them. */
async function* say(all: Iterable<string>, output: Output): AsyncGenerator<ModelEvent, boolean> {
  for (const piece of all) {
    if (output.left < piece.length) return false;
    await output.pace(output.request.signal);
    output.left -= piece.length;
    output.characters += piece.length;
    yield { type: "text", text: piece };
  }
  return true;
}

function* answerPieces(plan: OfflinePlan, text: string, since: readonly ModelMessage[]): Iterable<string> {
  if (plan.fail !== undefined) {
    yield* numbers(plan.fail.afterNumbers);
    throw plannedFailure(plan.fail.code);
  }
  if (plan.reply !== undefined) yield* pieces(plan.reply);
  if (plan.countTo !== undefined) yield* numbers(plan.countTo);
  const results = since.filter((message) => message.role === "tool");
  if (results.length > 0) {
    yield* pieces("I am the offline model. ");
    for (const result of results) {
      const output = typeof result.output === "string" ? result.output : JSON.stringify(result.output);
      yield* pieces(`${result.name} ${result.isError === true ? "failed" : "returned"}: ${output}\n`);
    }
    return;
  }
  if (plan.reply !== undefined || plan.countTo !== undefined) return;
  yield* pieces(
    text === ""
      ? "I am the offline model, and nothing was asked."
      : `I am the offline model: I need no key, and I can only quote. You said: ${quoted(text)}` +
          "For real answers, set ANTHROPIC_API_KEY or another provider's key and start again.",
  );
}

/** Several lines may hold Markdown, a fence among it, that must not swallow what comes after. */
function quoted(text: string): string {
  return text.includes("\n") ? `\n\n${text.replaceAll(/^/gm, "> ")}\n\n` : `“${text}”. `;
}

function* numbers(count: number): Iterable<string> {
  for (let n = 1; n <= count; n += 1) yield n === count ? `${n}` : `${n} `;
}

function pieces(text: string): Iterable<string> {
  return text.match(/\s*\S{1,24}\s*/gu) ?? [];
}

function budget(request: ModelRequest): number {
  return request.maxOutputTokens === undefined ? Infinity : request.maxOutputTokens * charactersPerToken;
}

function finish(reason: FinishReason, output: Output): FinishEvent {
  const { system, messages, tools } = output.request;
  const read = system.length + JSON.stringify(messages).length + JSON.stringify(tools).length;
  const usage: ModelUsage = { inputTokens: tokens(read), outputTokens: tokens(output.characters) };
  return { type: "finish", reason, usage };
}

function tokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
