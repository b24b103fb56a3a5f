import type { Conversation, Message, ToolUse } from "./tables.ts";

/** The reply under way that an event belongs to: `turn` is the sequence of the message being answered. */
interface TurnOf {
  readonly turn: number;
}

export interface TurnStart extends TurnOf {
  readonly agentId: string;
  readonly agentName: string;
  readonly model: string;
}

/** What happens in a conversation, as its participants are told. */
export type ConversationEvent =
  | { readonly type: "message.created"; readonly data: Message }
  | { readonly type: "turn.started"; readonly data: TurnStart }
  | { readonly type: "turn.delta"; readonly data: TurnOf & { readonly text: string } }
  | { readonly type: "turn.reasoning"; readonly data: TurnOf & { readonly text: string } }
  | { readonly type: "turn.tool"; readonly data: TurnOf & { readonly use: ToolUse } }
  | {
      readonly type: "turn.retrying";
      readonly data: TurnOf & { readonly attempt: number; readonly delayMs: number; readonly code: string };
    }
  | {
      readonly type: "turn.ended";
      readonly data: TurnOf & { readonly status: "complete" | "failed" | "cancelled"; readonly reply?: number };
    }
  | { readonly type: "conversation.updated"; readonly data: Conversation }
  | { readonly type: "conversation.deleted"; readonly data: Readonly<Record<string, never>> };

/** Where events go. Publishing never waits and never fails: what must not be lost is in the store already. */
export interface ConversationEvents {
  publish(conversationId: string, event: ConversationEvent): void;
}
