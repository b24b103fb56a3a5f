import { eventStreamMessage } from "./event-stream.ts";

/** A provider's streaming format. */
export type WireName = "anthropic" | "openai-chat" | "openai-responses" | "xai-chat" | "bedrock";

export interface WireUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface WireToolCall {
  readonly id: string;
  readonly name: string;
  /** The input's JSON as the pieces that are sent one by one. */
  readonly json: readonly string[];
}

export type WireFinish = "stop" | "tool-calls" | "length" | "content-filter";

type Bytes = string | Buffer;

/** Writes one answer in a provider's own format; made anew for each answer. */
export interface Wire {
  readonly contentType: string;
  begin(usage: WireUsage): Bytes[];
  text(piece: string): Bytes[];
  reasoning(piece: string): Bytes[];
  toolCall(call: WireToolCall): Bytes[];
  finish(reason: WireFinish, usage: WireUsage): Bytes[];
  /** An error within an answer that began with 200. */
  error(type: string, message: string): Bytes[];
  /** An event whose payload is no JSON. */
  malformed(): Bytes[];
}

export function wireOf(name: WireName): Wire {
  switch (name) {
    case "anthropic":
      return anthropic();
    case "openai-chat":
      return openAiChat();
    case "xai-chat":
      return xaiChat();
    case "openai-responses":
      return openAiResponses();
    default:
      return bedrock();
  }
}

/** The body and headers of an answer that is an error from its start. */
export function errorBody(
  wire: WireName,
  type: string,
  message: string,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  if (wire === "anthropic") return { body: JSON.stringify({ type: "error", error: { type, message } }), headers: {} };
  if (wire === "xai-chat") return { body: JSON.stringify({ code: type, error: message }), headers: {} };
  if (wire === "bedrock") return { body: JSON.stringify({ message }), headers: { "x-amzn-errortype": type } };
  return { body: JSON.stringify({ error: { message, type, param: null, code: type } }), headers: {} };
}

/** Blocks follow each other: text and reasoning of the same kind share one, a tool call has its own. */
function blocks(open: (kind: string, index: number) => Bytes[], close: (kind: string, index: number) => Bytes[]) {
  let index = -1;
  let current: string | undefined;
  const end = (): Bytes[] => {
    const closed = current === undefined ? [] : close(current, index);
    current = undefined;
    return closed;
  };
  return {
    end,
    index: () => index,
    enter(kind: string, always = false): Bytes[] {
      if (kind === current && !always) return [];
      const before = end();
      current = kind;
      index += 1;
      return [...before, ...open(kind, index)];
    },
  };
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

const anthropicStops: Record<WireFinish, string> = {
  stop: "end_turn",
  "tool-calls": "tool_use",
  length: "max_tokens",
  "content-filter": "refusal",
};

/** @see https://docs.claude.com/en/docs/build-with-claude/streaming */
function anthropic(): Wire {
  const starts: Record<string, object> = {
    text: { type: "text", text: "" },
    thinking: { type: "thinking", thinking: "", signature: "" },
  };
  const block = blocks(
    (kind, index) => (kind === "tool" ? [] : [event("content_block_start", { index, content_block: starts[kind] })]),
    (_, index) => [event("content_block_stop", { index })],
  );
  const delta = (delta: object) => event("content_block_delta", { index: block.index(), delta });
  return {
    contentType: "text/event-stream; charset=utf-8",
    begin: ({ inputTokens }) => [
      event("message_start", {
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "claude",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: inputTokens, output_tokens: 1 },
        },
      }),
      event("ping", {}),
    ],
    text: (text) => [...block.enter("text"), delta({ type: "text_delta", text })],
    reasoning: (thinking) => [...block.enter("thinking"), delta({ type: "thinking_delta", thinking })],
    toolCall({ id, name, json }) {
      const before = block.enter("tool", true);
      const start = event("content_block_start", {
        index: block.index(),
        content_block: { type: "tool_use", id, name, input: {} },
      });
      return [...before, start, ...json.map((partial_json) => delta({ type: "input_json_delta", partial_json }))];
    },
    finish: (reason, { outputTokens }) => [
      ...block.end(),
      event("message_delta", {
        delta: { stop_reason: anthropicStops[reason], stop_sequence: null },
        usage: { output_tokens: outputTokens },
      }),
      event("message_stop", {}),
    ],
    error: (type, message) => [event("error", { error: { type, message } })],
    malformed: () => ['event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n'],
  };
}

const chatStops: Record<WireFinish, string> = {
  stop: "stop",
  "tool-calls": "tool_calls",
  length: "length",
  "content-filter": "content_filter",
};

function chatChunk(more: object): string {
  return `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", ...more })}\n\n`;
}

function chatDelta(delta: object, finish_reason: string | null = null): string {
  return chatChunk({ choices: [{ index: 0, delta, finish_reason }] });
}

/** @see https://platform.openai.com/docs/api-reference/chat-streaming */
function openAiChat(): Wire {
  let calls = 0;
  return {
    contentType: "text/event-stream; charset=utf-8",
    begin: () => [chatDelta({ role: "assistant", content: "" })],
    text: (content) => [chatDelta({ content })],
    reasoning: (reasoning_content) => [chatDelta({ reasoning_content })],
    toolCall({ id, name, json }) {
      const index = calls;
      calls += 1;
      const start = { index, id, type: "function", function: { name, arguments: "" } };
      const rest = json.map((piece) => chatDelta({ tool_calls: [{ index, function: { arguments: piece } }] }));
      return [chatDelta({ tool_calls: [start] }), ...rest];
    },
    finish: (reason, { inputTokens, outputTokens }) => [
      chatDelta({}, chatStops[reason]),
      chatChunk({
        choices: [],
        usage: {
          prompt_tokens: inputTokens,
          completion_tokens: outputTokens,
          total_tokens: inputTokens + outputTokens,
        },
      }),
      "data: [DONE]\n\n",
    ],
    error: (type, message) => [`data: ${JSON.stringify({ error: { message, type, param: null, code: null } })}\n\n`],
    malformed: () => ['data: {"id":"chatcmpl-1","choices":[{"ind\n\n'],
  };
}

/**
 * OpenAI's format, but a tool call comes whole, in one event.
 * @see https://docs.x.ai/docs/guides/function-calling
 */
function xaiChat(): Wire {
  const wire = openAiChat();
  let calls = 0;
  return {
    ...wire,
    toolCall({ id, name, json }) {
      const call = { index: calls++, id, type: "function", function: { name, arguments: json.join("") } };
      return [chatDelta({ tool_calls: [call] })];
    },
  };
}

/** @see https://platform.openai.com/docs/api-reference/responses-streaming */
function openAiResponses(): Wire {
  let sequence = 0;
  const send = (type: string, data: object) => event(type, { sequence_number: sequence++, ...data });
  const response = { id: "resp_1", object: "response", created_at: 1, model: "gpt" };
  const place = (index: number) => ({ item_id: `item_${index}`, output_index: index });
  const items: Record<string, object> = {
    text: { type: "message", status: "in_progress", role: "assistant", content: [] },
    thinking: { type: "reasoning", summary: [] },
  };
  const opening: Record<string, (index: number) => string> = {
    text: (index) =>
      send("response.content_part.added", {
        ...place(index),
        content_index: 0,
        part: { type: "output_text", text: "", annotations: [] },
      }),
    thinking: (index) =>
      send("response.reasoning_summary_part.added", {
        ...place(index),
        summary_index: 0,
        part: { type: "summary_text", text: "" },
      }),
  };
  const item = (kind: string, index: number) => ({
    output_index: index,
    item: { id: `item_${index}`, ...items[kind] },
  });
  const block = blocks(
    (kind, index) =>
      kind === "tool" ? [] : [send("response.output_item.added", item(kind, index)), opening[kind]?.(index) ?? ""],
    (kind, index) => (kind === "tool" ? [] : [send("response.output_item.done", item(kind, index))]),
  );
  return {
    contentType: "text/event-stream; charset=utf-8",
    begin: () => [send("response.created", { response: { ...response, status: "in_progress", output: [] } })],
    text: (delta) => [
      ...block.enter("text"),
      send("response.output_text.delta", { ...place(block.index()), content_index: 0, delta, logprobs: [] }),
    ],
    reasoning: (delta) => [
      ...block.enter("thinking"),
      send("response.reasoning_summary_text.delta", { ...place(block.index()), summary_index: 0, delta }),
    ],
    toolCall({ id, name, json }) {
      const before = block.enter("tool", true);
      const index = block.index();
      const call = (status: string, args: string) => ({
        output_index: index,
        item: { id: `item_${index}`, type: "function_call", status, arguments: args, call_id: id, name },
      });
      return [
        ...before,
        send("response.output_item.added", call("in_progress", "")),
        ...json.map((delta) => send("response.function_call_arguments.delta", { ...place(index), delta })),
        send("response.function_call_arguments.done", { ...place(index), arguments: json.join("") }),
        send("response.output_item.done", call("completed", json.join(""))),
      ];
    },
    finish(reason, { inputTokens, outputTokens }) {
      const usage = {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: outputTokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: inputTokens + outputTokens,
      };
      const why = { length: "max_output_tokens", "content-filter": "content_filter" }[reason as string];
      const whole = why === undefined;
      const done = {
        ...response,
        status: whole ? "completed" : "incomplete",
        output: [],
        usage,
        incomplete_details: whole ? null : { reason: why },
      };
      return [...block.end(), send(whole ? "response.completed" : "response.incomplete", { response: done })];
    },
    error: (code, message) => [send("error", { code, message, param: null })],
    malformed: () => ['event: response.output_text.delta\ndata: {"type":"response.output_te\n\n'],
  };
}

const bedrockStops: Record<WireFinish, string> = {
  stop: "end_turn",
  "tool-calls": "tool_use",
  length: "max_tokens",
  "content-filter": "guardrail_intervened",
};

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html */
function bedrock(): Wire {
  const frame = (type: string, payload: string) =>
    eventStreamMessage({ ":event-type": type, ":content-type": "application/json", ":message-type": "event" }, payload);
  const send = (type: string, data: object) => frame(type, JSON.stringify({ ...data, p: "abcdefgh" }));
  const block = blocks(
    () => [],
    (_, contentBlockIndex) => [send("contentBlockStop", { contentBlockIndex })],
  );
  const delta = (delta: object) => send("contentBlockDelta", { contentBlockIndex: block.index(), delta });
  return {
    contentType: "application/vnd.amazon.eventstream",
    begin: () => [send("messageStart", { role: "assistant" })],
    text: (text) => [...block.enter("text"), delta({ text })],
    reasoning: (text) => [...block.enter("thinking"), delta({ reasoningContent: { text } })],
    toolCall({ id, name, json }) {
      const before = block.enter("tool", true);
      const start = send("contentBlockStart", {
        contentBlockIndex: block.index(),
        start: { toolUse: { toolUseId: id, name } },
      });
      return [...before, start, ...json.map((input) => delta({ toolUse: { input } }))];
    },
    finish: (reason, { inputTokens, outputTokens }) => [
      ...block.end(),
      send("messageStop", { stopReason: bedrockStops[reason] }),
      send("metadata", {
        usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
        metrics: { latencyMs: 1 },
      }),
    ],
    error: (type, message) => [
      eventStreamMessage(
        { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" },
        JSON.stringify({ message }),
      ),
    ],
    malformed: () => [frame("contentBlockDelta", '{"contentBlockIndex":0,"del')],
  };
}
