import type { Agent } from "../agents/agents.ts";
import type { ConversationEvent } from "../conversations/events.ts";
import type { Message } from "../conversations/tables.ts";
import type { ToolUse } from "../conversations/tables.ts";
import { AloftError } from "../errors.ts";
import {
  ModelError,
  type ModelErrorCode,
  type ModelMessage,
  type Models,
  type ModelUsage,
  type ToolCall,
} from "../ports/models.ts";
import type { Blobs } from "../ports/blobs.ts";
import type { Store } from "../ports/store.ts";
import { utf8Bytes } from "../tables/size.ts";
import type { Json } from "../values.ts";
import { coalesce } from "./coalesce.ts";
import { attachedTexts, promptMessages, systemPrompt } from "./prompt.ts";
import { fittedUses, storableJson, storableText } from "./storable.ts";
import type { Tool, ToolContext } from "./tools.ts";

/** What one agent's reply came to. */
export interface Reply {
  readonly text: string;
  readonly status: "complete" | "failed" | "cancelled";
  readonly toolUses: readonly ToolUse[];
  readonly usage: ModelUsage;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ReplyRequest {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly models: Models;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly agent: Agent;
  readonly model: string;
  /** Oldest first, ending with the message that is answered. */
  readonly history: readonly Message[];
  readonly turn: number;
  readonly conversationId: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly emit: (event: ConversationEvent) => void;
  readonly toolTimeoutMs: number;
  /** Told of errors nobody foresaw, which the conversation only learns happened. */
  readonly onUnexpected: (error: unknown) => void;
  /** Told of replies that fail for their model, whose conversation says why. */
  readonly onModelError?: ((code: ModelErrorCode) => void) | undefined;
}

/** Why a turn was aborted, as the abort signal's reason. */
export type AbortReason = "cancelled" | "interrupted";

const coalesceMs = 25;
const maxReplyBytes = 200 * 1024;
const maxToolOutputCharacters = 16_000;

/** Streams an agent's reply: calls the model, runs the tools it asks for, and again, within the agent's steps. */
export async function runReply(request: ReplyRequest): Promise<Reply> {
  const { agent, models, signal } = request;
  const state = newState(request);
  try {
    const system = await systemPrompt(request.store, agent);
    const texts = await attachedTexts(request.blobs, request.history, signal);
    const messages = promptMessages(agent, request.history, texts);
    const tools = agent.tools.flatMap((name) => request.tools.get(name)?.description ?? []);
    for (let step = 1; step <= agent.maxSteps; step++) {
      signal.throwIfAborted();
      const lastStep = step === agent.maxSteps;
      const stream = models.stream({
        model: request.model,
        system,
        messages,
        tools: lastStep ? [] : tools,
        signal,
      });
      const { text, calls } = await readStep(stream, state, request);
      if (calls.length === 0) break;
      messages.push({ role: "assistant", text, toolCalls: calls }, ...(await runCalls(calls, state, request)));
    }
    return state.finish("complete");
  } catch (error) {
    return state.finish(...failure(error, request));
  }
}

function newState({ turn, emit }: ReplyRequest) {
  let text = "";
  let bytes = 0;
  const toolUses = new Map<string, ToolUse>();
  let usage: ModelUsage = { inputTokens: 0, outputTokens: 0 };
  const deltas = coalesce(coalesceMs, (piece) => emit({ type: "turn.delta", data: { turn, text: piece } }));
  const reasoning = coalesce(coalesceMs, (piece) => emit({ type: "turn.reasoning", data: { turn, text: piece } }));
  return {
    say(piece: string): void {
      bytes += utf8Bytes(piece);
      if (bytes > maxReplyBytes) {
        throw new ModelError("model_failed", `The reply was stopped at ${maxReplyBytes / 1024} KB. Ask for less.`);
      }
      text += piece;
      deltas.push(piece);
    },
    think: (piece: string): void => reasoning.push(piece),
    use(use: ToolUse): void {
      toolUses.set(use.id, use);
      flush();
      emit({ type: "turn.tool", data: { turn, use } });
    },
    count(step: ModelUsage): void {
      usage = {
        inputTokens: usage.inputTokens + step.inputTokens,
        outputTokens: usage.outputTokens + step.outputTokens,
      };
    },
    /** A new step's text begins on a line of its own. */
    separate(): void {
      if (text !== "" && !text.endsWith("\n")) this.say("\n\n");
    },
    finish(status: Reply["status"], error?: Reply["error"]): Reply {
      flush();
      const stored = { text: storableText(text), status, toolUses: fittedUses([...toolUses.values()]), usage };
      return error === undefined ? stored : { ...stored, error };
    },
  };
  function flush(): void {
    reasoning.flush();
    deltas.flush();
  }
}
type State = ReturnType<typeof newState>;

async function readStep(
  stream: ReturnType<Models["stream"]>,
  state: State,
  { turn, emit }: ReplyRequest,
): Promise<{ text: string; calls: readonly ToolCall[] }> {
  let text = "";
  const calls: ToolCall[] = [];
  for await (const event of stream) {
    if (event.type === "text") {
      if (text === "") state.separate();
      text += event.text;
      state.say(event.text);
    } else if (event.type === "reasoning") state.think(event.text);
    else if (event.type === "tool-call") calls.push(event.call);
    else if (event.type === "retry") {
      const { attempt, delayMs, code } = event;
      emit({ type: "turn.retrying", data: { turn, attempt, delayMs, code } });
    } else state.count(event.usage);
  }
  return { text, calls };
}

async function runCalls(calls: readonly ToolCall[], state: State, request: ReplyRequest): Promise<ModelMessage[]> {
  const results: ModelMessage[] = [];
  for (const call of calls) {
    const [id, name] = [storableText(call.id), storableText(call.name)];
    const input = storableJson(call.input);
    state.use({ id, name, input });
    const { output, isError } = await runTool(call, request);
    state.use({ id, name, input, output, ...(isError ? { isError } : {}) });
    results.push({ role: "tool", callId: call.id, name: call.name, output, ...(isError ? { isError } : {}) });
  }
  return results;
}

async function runTool(call: ToolCall, request: ReplyRequest): Promise<{ output: Json; isError: boolean }> {
  const { agent, tools, store, conversationId, now, signal } = request;
  const tool = agent.tools.includes(call.name) ? tools.get(call.name) : undefined;
  if (tool === undefined) return { output: storableText(`There is no tool "${call.name}".`), isError: true };
  const timeout = AbortSignal.timeout(request.toolTimeoutMs);
  const context: ToolContext = {
    store,
    conversationId,
    now,
    signal: AbortSignal.any([signal, timeout]),
  };
  try {
    const output = storableJson(await unlessAborted(context.signal, () => tool.run(context, call.input)));
    return { output: cut(output), isError: false };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return { output: `The tool took over ${request.toolTimeoutMs / 1000} s.`, isError: true };
    return { output: cut(error instanceof Error ? storableText(error.message) : "The tool failed."), isError: true };
  }
}

function cut(output: Json): Json {
  const text = JSON.stringify(output);
  if (text.length <= maxToolOutputCharacters) return output;
  return `${text.slice(0, maxToolOutputCharacters).toWellFormed()}… (cut)`;
}

/** What `run` comes to, or the signal's reason as soon as it is aborted: also if `run` does not care for the signal. */
async function unlessAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let refuse: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    refuse = () => reject(signal.reason as Error);
    signal.addEventListener("abort", refuse, { once: true });
  });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    if (refuse !== undefined) signal.removeEventListener("abort", refuse);
  }
}

function failure(
  error: unknown,
  { signal, onUnexpected, onModelError }: ReplyRequest,
): [Reply["status"], Reply["error"]?] {
  if (signal.aborted) {
    return signal.reason === ("cancelled" satisfies AbortReason) ? ["cancelled"] : ["failed", interrupted];
  }
  if (error instanceof ModelError) {
    onModelError?.(error.code);
    return ["failed", { code: error.code, message: storableText(error.message) }];
  }
  onUnexpected(error);
  return ["failed", error instanceof AloftError ? { ...broken, code: error.code } : broken];
}

/** What a reply says after an error that nobody foresaw. */
export const broken = {
  code: "internal",
  message: "Something went wrong on the server while replying. Retry, or see its log.",
} as const;

/** What a reply says that the server's end cut off. */
export const interrupted = {
  code: "interrupted",
  message: "The server stopped before this reply was finished. Retry to ask again.",
} as const;
