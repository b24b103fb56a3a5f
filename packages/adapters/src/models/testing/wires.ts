import { eventStreamMessage } from "./event-stream.ts";
import { blocks, event, type Wire, type WireFinish, type WireName } from "./wire.ts";
import { openAiResponses } from "./wire-responses.ts";

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
