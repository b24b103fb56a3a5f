import type { ConversationEvent } from "@aloft/core/conversations/events";
import { expect, test } from "vitest";
import { channel, type Channel } from "./channel.ts";
import { formatEventId } from "./event-id.ts";
import { frame } from "./frame.ts";

const message = (sequence: number) => ({ type: "message.created", data: { sequence } }) as ConversationEvent;
const delta = (text: string): ConversationEvent => ({ type: "turn.delta", data: { turn: 1, text } });

function tell(to: Channel, event: ConversationEvent): void {
  const id = to.nextId(event);
  if (id !== undefined) to.append(event, frame("cnv_1", id, event.type, event.data));
}

test("[events.resume] what is at hand is replayed; what is not is known not to be", () => {
  const one = channel(4, 1000);
  tell(one, delta("a"));
  tell(one, message(5));
  tell(one, delta("b"));
  const ids = one.since({ sequence: 4, n: 0 }).map(({ id }) => formatEventId(id));
  expect(ids).toEqual(["4-1001", "5-0", "5-1002"]);
  expect(one.since({ sequence: 5, n: 0 }).map(({ id }) => formatEventId(id))).toEqual(["5-1002"]);
  expect(one.reaches({ sequence: 4, n: 0 })).toBe(true);
  expect(one.reaches({ sequence: 3, n: 0 })).toBe(false);
  expect(one.reaches({ sequence: 4, n: 999 }), "an id of an earlier process").toBe(false);
  expect(one.reaches({ sequence: 6, n: 0 }), "an id from the future").toBe(false);
});

test("[events.resume] a message that was there when the channel was opened is not told again", () => {
  const one = channel(5, 1000);
  tell(one, message(5));
  expect(one.since({ sequence: 5, n: 0 })).toEqual([]);
  tell(one, message(6));
  expect(one.lastId()).toEqual({ sequence: 6, n: 0 });
});

test("[events.slow] what a channel keeps is bounded, and what was dropped is known", () => {
  const one = channel(1, 1000);
  for (let i = 0; i < 200; i++) tell(one, delta("x".repeat(10_000)));
  const kept = one.since({ sequence: 1, n: 1200 - 200 });
  expect(kept.length).toBeLessThan(60);
  expect(one.reaches({ sequence: 1, n: 0 })).toBe(false);
  expect(one.reaches(kept[0]!.id)).toBe(true);
});

test("[events.snapshot] a running turn is followed, and gone when it ended", () => {
  const one = channel(1, 1000);
  tell(one, { type: "turn.started", data: { turn: 1, agentId: "a", agentName: "A", model: "offline/m" } });
  tell(one, delta("Hel"));
  tell(one, delta("lo"));
  tell(one, { type: "turn.tool", data: { turn: 1, use: { id: "t", name: "n", input: 1 } } });
  tell(one, { type: "turn.tool", data: { turn: 1, use: { id: "t", name: "n", input: 1, output: 2 } } });
  expect(one.turn()).toMatchObject({ turn: 1, text: "Hello", toolUses: [{ id: "t", output: 2 }] });
  expect(one.isIdle(Date.now() + 1)).toBe(false);
  tell(one, { type: "turn.ended", data: { turn: 1, status: "complete" } });
  expect(one.turn()).toBeUndefined();
  expect(one.isIdle(Date.now() + 1)).toBe(true);
});
