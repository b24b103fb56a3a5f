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

export type Bytes = string | Buffer;

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

/** Blocks follow each other: text and reasoning of the same kind share one, a tool call has its own. */
export function blocks(
  open: (kind: string, index: number) => Bytes[],
  close: (kind: string, index: number) => Bytes[],
) {
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

/** One server-sent event. */
export function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
