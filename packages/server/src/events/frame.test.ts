import { expect, test } from "vitest";
import { frame } from "./frame.ts";

test("[events.encode-once] a frame is encoded when first sent, and the same bytes go to every listener", () => {
  let reads = 0;
  const data = {
    get text() {
      reads += 1;
      return "line\nline";
    },
  };
  const made = frame("cnv_1", { sequence: 3, n: 7 }, "turn.delta", data);
  const first = made.sse();
  expect(made.sse()).toBe(first);
  expect(first.toString()).toBe('id: 3-7\nevent: turn.delta\ndata: {"text":"line\\nline"}\n\n');
  expect(JSON.parse(made.socket())).toEqual({
    id: "3-7",
    type: "turn.delta",
    conversationId: "cnv_1",
    data: { text: "line\nline" },
  });
  expect(reads).toBe(1);
});
