import { blocks, type Bytes, event, type Wire, type WireFinish, type WireToolCall, type WireUsage } from "./wire.ts";

/** Sends an event under the next sequence number. */
type Send = (type: string, data: object) => string;

const response = { id: "resp_1", object: "response", created_at: 1, model: "gpt" };
const items: Readonly<Record<string, object>> = {
  text: { type: "message", status: "in_progress", role: "assistant", content: [] },
  thinking: { type: "reasoning", summary: [] },
};

/** @see https://platform.openai.com/docs/api-reference/responses-streaming */
export function openAiResponses(): Wire {
  let sequence = 0;
  const send: Send = (type, data) => event(type, { sequence_number: sequence++, ...data });
  const block = blocks(
    (kind, index) => (kind === "tool" ? [] : opening(send, kind, index)),
    (kind, index) => (kind === "tool" ? [] : [send("response.output_item.done", itemOf(kind, index))]),
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
    toolCall: (call) => [...block.enter("tool", true), ...functionCall(send, call, block.index())],
    finish: (reason, usage) => [...block.end(), ending(send, reason, usage)],
    error: (code, message) => [send("error", { code, message, param: null })],
    malformed: () => ['event: response.output_text.delta\ndata: {"type":"response.output_te\n\n'],
  };
}

function place(index: number) {
  return { item_id: `item_${index}`, output_index: index };
}

function itemOf(kind: string, index: number) {
  return { output_index: index, item: { id: `item_${index}`, ...items[kind] } };
}

function opening(send: Send, kind: string, index: number): Bytes[] {
  const item = send("response.output_item.added", itemOf(kind, index));
  if (kind === "thinking") {
    const part = { type: "summary_text", text: "" };
    return [item, send("response.reasoning_summary_part.added", { ...place(index), summary_index: 0, part })];
  }
  const part = { type: "output_text", text: "", annotations: [] };
  return [item, send("response.content_part.added", { ...place(index), content_index: 0, part })];
}

function functionCall(send: Send, { id, name, json }: WireToolCall, index: number): Bytes[] {
  const item = (status: string, args: string) => ({
    output_index: index,
    item: { id: `item_${index}`, type: "function_call", status, arguments: args, call_id: id, name },
  });
  return [
    send("response.output_item.added", item("in_progress", "")),
    ...json.map((delta) => send("response.function_call_arguments.delta", { ...place(index), delta })),
    send("response.function_call_arguments.done", { ...place(index), arguments: json.join("") }),
    send("response.output_item.done", item("completed", json.join(""))),
  ];
}

function ending(send: Send, reason: WireFinish, { inputTokens, outputTokens }: WireUsage): string {
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
  const done = { ...response, output: [], usage };
  if (reason === "stop" || reason === "tool-calls") {
    return send("response.completed", { response: { ...done, status: "completed", incomplete_details: null } });
  }
  const why = reason === "length" ? "max_output_tokens" : "content_filter";
  return send("response.incomplete", {
    response: { ...done, status: "incomplete", incomplete_details: { reason: why } },
  });
}
