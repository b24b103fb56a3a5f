import type { ConversationEvent, TurnStart } from "@aloft/core/conversations/events";
import type { ToolUse } from "@aloft/core/conversations/tables";
import { compareEventIds, type EventId } from "./event-id.ts";
import type { Frame } from "./frame.ts";
import type { Listener } from "./hub.ts";

/** The running turn as a latecomer needs it. */
export interface TurnSnapshot extends TurnStart {
  readonly text: string;
  readonly toolUses: readonly ToolUse[];
}

/** The latest events of one conversation, and who listens to it in this process. */
export interface Channel {
  /** Of the newest message it has told of. */
  sequence(): number;
  lastId(): EventId;
  /** The id that the event gets; undefined for a message that was there when the channel was opened. */
  nextId(event: ConversationEvent): EventId | undefined;
  append(event: ConversationEvent, frame: Frame): void;
  /** Whether all that came after `after` is still at hand. */
  reaches(after: EventId): boolean;
  since(after: EventId): readonly Frame[];
  turn(): TurnSnapshot | undefined;
  add(listener: Listener): () => void;
  /** Somebody is about to listen: until what it gives back is called, the channel is not idle. */
  hold(): () => void;
  /** Of the events that it keeps. */
  bytes(): number;
  /** Drops the events that it keeps: whoever resumes is served from the store. */
  forget(): void;
  dismiss(stays: (listener: Listener) => boolean): void;
  /** Nobody listens, no turn runs, and nothing has happened since then. */
  isIdle(sinceMs: number): boolean;
}

const maxFrames = 4000;
const maxBytes = 512 * 1024;

export function channel(newest: number, startedAtMs: number): Channel {
  const listeners = new Set<Listener>();
  let frames: Frame[] = [];
  let bytes = 0;
  let last: EventId = { sequence: newest, n: startedAtMs };
  /** Everything after it is in `frames`. */
  let floor: EventId = { sequence: newest, n: 0 };
  let count = startedAtMs;
  let running: (TurnStart & { text: string; toolUses: Map<string, ToolUse> }) | undefined;
  let touchedMs = startedAtMs;
  let holds = 0;

  function follow(event: ConversationEvent): void {
    if (event.type === "turn.started") running = { ...event.data, text: "", toolUses: new Map() };
    else if (event.type === "turn.ended") running = undefined;
    else if (event.type === "turn.delta" && running !== undefined) running.text += event.data.text;
    else if (event.type === "turn.tool") running?.toolUses.set(event.data.use.id, event.data.use);
  }

  function trim(): void {
    if (frames.length <= maxFrames && bytes <= maxBytes) return;
    const dropped = frames.splice(0, Math.ceil(frames.length / 4));
    for (const frame of dropped) bytes -= frame.bytes;
    floor = dropped.at(-1)?.id ?? floor;
  }

  return {
    sequence: () => last.sequence,
    lastId: () => last,
    nextId(event) {
      if (event.type !== "message.created") return { sequence: last.sequence, n: ++count };
      const { sequence } = event.data;
      return sequence > last.sequence ? { sequence, n: 0 } : undefined;
    },
    append(event, frame) {
      follow(event);
      last = frame.id;
      touchedMs = Date.now();
      frames.push(frame);
      bytes += frame.bytes;
      trim();
      for (const listener of listeners) listener.send(frame);
    },
    reaches(after) {
      const ofThisChannel = after.n === 0 || after.n >= startedAtMs;
      return ofThisChannel && compareEventIds(after, floor) >= 0 && compareEventIds(after, last) <= 0;
    },
    since(after) {
      const from = frames.findIndex((frame) => compareEventIds(frame.id, after) > 0);
      return from < 0 ? [] : frames.slice(from);
    },
    turn() {
      if (running === undefined) return undefined;
      return { ...running, toolUses: [...running.toolUses.values()] };
    },
    add(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        touchedMs = Date.now();
      };
    },
    hold() {
      holds += 1;
      return () => void (holds -= 1);
    },
    bytes: () => bytes,
    forget() {
      frames = [];
      bytes = 0;
      floor = last;
    },
    dismiss(stays) {
      for (const listener of listeners) {
        if (stays(listener)) continue;
        listeners.delete(listener);
        listener.end();
      }
    },
    isIdle: (sinceMs) => listeners.size === 0 && holds === 0 && running === undefined && touchedMs < sinceMs,
  };
}
