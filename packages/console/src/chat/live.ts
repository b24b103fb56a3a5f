import type { ToolUse } from "../api/types.ts";
import type { ChatEvent } from "./events.ts";

/** A reply as it arrives. */
export interface LiveReply {
  /** Sequence of the message that it answers. */
  readonly turn: number;
  readonly agentId: string;
  readonly agentName: string;
  readonly model: string;
  readonly text: string;
  readonly reasoning: string;
  readonly toolUses: readonly ToolUse[];
  /** Set while the model is waited for, to be called again. */
  readonly retrying: { readonly attempt: number; readonly delayMs: number } | undefined;
}

export interface Live {
  readonly reply: LiveReply | undefined;
  /** What was thought before replies that are there now, by their sequence. Not stored anywhere else. */
  readonly reasoning: ReadonlyMap<number, string>;
}

export const nothingLive: Live = { reply: undefined, reasoning: new Map() };

/** What is under way after an event. */
export function follow(live: Live, event: ChatEvent): Live {
  switch (event.type) {
    case "turn.started":
    case "turn.snapshot":
      return { ...live, reply: { text: "", toolUses: [], reasoning: "", retrying: undefined, ...event.data } };
    case "message.created":
      return afterMessage(live, event.data);
    case "turn.ended":
      return live.reply?.turn === event.data.turn ? { ...live, reply: undefined } : live;
    case "conversation.updated":
      return live.reply === undefined || live.reply.turn === event.data.activeTurn
        ? live
        : { ...live, reply: undefined };
    case "turn.delta":
    case "turn.reasoning":
    case "turn.tool":
    case "turn.retrying": {
      const { reply } = live;
      return reply?.turn === event.data.turn ? { ...live, reply: grow(reply, event) } : live;
    }
    default:
      return live;
  }
}

function afterMessage(live: Live, message: Extract<ChatEvent, { type: "message.created" }>["data"]): Live {
  const { reply } = live;
  if (reply === undefined || message.replyTo !== reply.turn) return live;
  if (message.author.kind === "agent" && message.author.id !== reply.agentId) return live;
  if (reply.reasoning === "") return { ...live, reply: undefined };
  return { reply: undefined, reasoning: new Map(live.reasoning).set(message.sequence, reply.reasoning) };
}

type Growth = Extract<ChatEvent, { type: "turn.delta" | "turn.reasoning" | "turn.tool" | "turn.retrying" }>;

function grow(reply: LiveReply, event: Growth): LiveReply {
  switch (event.type) {
    case "turn.delta":
      return { ...reply, text: reply.text + event.data.text, retrying: undefined };
    case "turn.reasoning":
      return { ...reply, reasoning: reply.reasoning + event.data.text, retrying: undefined };
    case "turn.tool":
      return { ...reply, toolUses: withUse(reply.toolUses, event.data.use), retrying: undefined };
    default:
      return { ...reply, retrying: { attempt: event.data.attempt, delayMs: event.data.delayMs } };
  }
}

function withUse(uses: readonly ToolUse[], use: ToolUse): readonly ToolUse[] {
  return uses.some(({ id }) => id === use.id) ? uses.map((one) => (one.id === use.id ? use : one)) : [...uses, use];
}
