import type { Conversation, Message, ToolUse } from "../api/types.ts";

interface TurnStart {
  readonly turn: number;
  readonly agentId: string;
  readonly agentName: string;
  readonly model: string;
}

/** What the server tells of a conversation. `turn` is the sequence of the message that is being answered. */
export type ChatEvent =
  | { readonly type: "message.created"; readonly data: Message }
  | { readonly type: "turn.started"; readonly data: TurnStart }
  | { readonly type: "turn.delta"; readonly data: { readonly turn: number; readonly text: string } }
  | { readonly type: "turn.reasoning"; readonly data: { readonly turn: number; readonly text: string } }
  | { readonly type: "turn.tool"; readonly data: { readonly turn: number; readonly use: ToolUse } }
  | {
      readonly type: "turn.retrying";
      readonly data: {
        readonly turn: number;
        readonly attempt: number;
        readonly delayMs: number;
        readonly code: string;
      };
    }
  | {
      readonly type: "turn.snapshot";
      readonly data: TurnStart & { readonly text: string; readonly toolUses: readonly ToolUse[] };
    }
  | {
      readonly type: "turn.ended";
      readonly data: { readonly turn: number; readonly status: Message["status"]; readonly reply?: number };
    }
  | { readonly type: "conversation.updated"; readonly data: Conversation }
  | { readonly type: "conversation.deleted"; readonly data: Readonly<Record<string, never>> };

const types = [
  "message.created",
  "turn.started",
  "turn.delta",
  "turn.reasoning",
  "turn.tool",
  "turn.retrying",
  "turn.snapshot",
  "turn.ended",
  "conversation.updated",
  "conversation.deleted",
] as const satisfies readonly ChatEvent["type"][];

/** These say how things stand, so hearing one again changes nothing; of all others, each counts once. */
const repeatable: ReadonlySet<string> = new Set(["message.created", "turn.snapshot", "conversation.updated"]);

export interface EventsOptions {
  readonly conversationId: string;
  /** Sequence of the newest message known, or an event's id: what came after it is told. */
  readonly after: string;
  readonly onEvent: (event: ChatEvent) => void;
  readonly onConnected: (connected: boolean) => void;
  /** No connection could be made. Resolves to whether to go on trying. */
  readonly onRefused: () => Promise<boolean>;
}

export interface Events {
  /** Hangs up, to go on from there later. */
  pause(): void;
  /** Connects now if it is not connected, without waiting for the next attempt. */
  resume(): void;
  close(): void;
}

const firstRetryMs = 300;
const lastRetryMs = 8000;

/**
 * Listens to a conversation over server-sent events. Connects again by itself from the last event it heard, also
 * where the browser's own EventSource gives up, and tells each event once and in order.
 */
export function listen({ conversationId, after, onEvent, onConnected, onRefused }: EventsOptions): Events {
  const hear = eachOnce(after, onEvent);
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let wanted = true;

  function connect(): void {
    clearTimeout(timer);
    source = openSource(conversationId, hear, {
      onOpen() {
        attempt = 0;
        onConnected(true);
      },
      onLost(wasOpen) {
        source = undefined;
        onConnected(false);
        if (wasOpen) again();
        else void onRefused().then((goOn) => (goOn ? again() : hangUp()));
      },
    });
  }

  function again(): void {
    if (!wanted || source !== undefined) return;
    const waitMs = Math.min(firstRetryMs * 2 ** attempt++, lastRetryMs) * (0.75 + Math.random() / 2);
    clearTimeout(timer);
    timer = setTimeout(connect, waitMs);
  }

  function hangUp(): void {
    wanted = false;
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  connect();
  return {
    pause: hangUp,
    close: hangUp,
    resume() {
      if (source !== undefined) return;
      wanted = true;
      attempt = 0;
      connect();
    },
  };
}

interface Hearing {
  readonly last: () => string;
  readonly hear: (type: ChatEvent["type"], event: MessageEvent<string>) => void;
}

function eachOnce(after: string, onEvent: (event: ChatEvent) => void): Hearing {
  let last = after;
  return {
    last: () => last,
    hear(type, { data, lastEventId }) {
      if (isAfter(lastEventId, last)) last = lastEventId;
      else if (!repeatable.has(type)) return;
      const event: ChatEvent = { type, data: JSON.parse(data) };
      onEvent(event);
    },
  };
}

interface Connection {
  readonly onOpen: () => void;
  readonly onLost: (wasOpen: boolean) => void;
}

function openSource(conversationId: string, { last, hear }: Hearing, { onOpen, onLost }: Connection): EventSource {
  const path = `/api/v1/conversations/${encodeURIComponent(conversationId)}/events`;
  const source = new EventSource(`${path}?after=${encodeURIComponent(last())}`);
  let open = false;
  source.addEventListener("open", () => {
    open = true;
    onOpen();
  });
  for (const type of types) source.addEventListener(type, (event: MessageEvent<string>) => hear(type, event));
  source.addEventListener("error", () => {
    source.close();
    onLost(open);
  });
  return source;
}

function parse(id: string): readonly [number, number] {
  const [sequence, n] = id.split("-").map(Number);
  return [sequence ?? 0, n ?? 0];
}

function isAfter(id: string, other: string): boolean {
  const [a, b] = [parse(id), parse(other)];
  return a[0] === b[0] ? a[1] > b[1] : a[0] > b[0];
}
