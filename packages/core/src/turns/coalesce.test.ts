import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { coalesce } from "./coalesce.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("[events.coalesce] the first piece goes at once, those within 25 ms together, the next at once again", () => {
  const sent: string[] = [];
  const { push } = coalesce(25, (text) => sent.push(text));
  push("a");
  expect(sent).toEqual(["a"]);
  push("b");
  vi.advanceTimersByTime(20);
  push("c");
  expect(sent).toEqual(["a"]);
  vi.advanceTimersByTime(5);
  expect(sent).toEqual(["a", "bc"]);
  vi.advanceTimersByTime(100);
  push("d");
  expect(sent).toEqual(["a", "bc", "d"]);
});

test("[events.coalesce] flushing sends what is gathered, and nothing is sent twice", () => {
  const sent: string[] = [];
  const { push, flush } = coalesce(25, (text) => sent.push(text));
  push("a");
  push("b");
  flush();
  expect(sent).toEqual(["a", "b"]);
  vi.advanceTimersByTime(100);
  flush();
  expect(sent).toEqual(["a", "b"]);
});
