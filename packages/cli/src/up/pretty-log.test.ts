import { expect, test } from "vitest";
import { prettyLog } from "./pretty-log.ts";

function logged(lines: readonly (object | string)[], isTTY = false): string {
  let text = "";
  const io = { out: { write: () => {} }, err: { isTTY, write: (part: string) => (text += part) }, env: {} };
  const log = prettyLog(io);
  for (const line of lines) log.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  return text;
}

const time = new Date(2026, 10, 21, 9, 5, 7).toISOString();

test("[cli.up.log] a request is one short line; warnings and errors say what they are", () => {
  const request = { level: "info", time, message: "request", method: "GET", route: "/api/v1/me", status: 200, ms: 1.5 };
  const warned = { level: "warn", time, message: "replies were cut off" };
  const failed = {
    level: "error",
    time,
    message: "unexpected",
    err: { name: "Error", message: "no such thing", stack: "at x" },
  };
  expect(logged([request, warned, failed])).toBe(
    "  09:05:07  GET /api/v1/me 200 1.5 ms\n" +
      "  09:05:07  warn replies were cut off\n" +
      "  09:05:07  error unexpected: no such thing\n",
  );
  expect(logged([warned], true)).toContain("\u001B[33mwarn");
});

test("[cli.up.log] where it listens the banner says; what is no JSON is shown as it is", () => {
  const listening = [{ level: "info", time, message: "listening at http://x" }];
  expect(logged([...listening, "plain words"])).toBe("plain words\n");
});
