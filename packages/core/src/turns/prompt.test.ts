import { expect, test } from "vitest";
import type { Message } from "../conversations/tables.ts";
import { promptMessages } from "./prompt.ts";

const agent = { id: "agt_1" };
let sequence = 0;
function message(kind: "user" | "agent" | "system", id: string, text: string, status: Message["status"] = "complete") {
  sequence += 1;
  return { author: { kind, id, name: id.toUpperCase() }, text, status, sequence } as Message;
}

test("[turns.reply] a model sees its own messages as the assistant's and leaves failed ones out", () => {
  const prompt = promptMessages(agent, [
    message("user", "usr_1", "Hello"),
    message("agent", "agt_1", "Hi"),
    message("agent", "agt_1", "half", "failed"),
    message("system", "aloft", "The server stopped"),
    message("user", "usr_1", "Again"),
  ]);
  expect(prompt).toEqual([
    { role: "user", text: "Hello" },
    { role: "assistant", text: "Hi" },
    { role: "user", text: "Again" },
  ]);
});

test("[turns.reply] where several others speak, each is named", () => {
  const prompt = promptMessages(agent, [message("user", "usr_1", "Hello"), message("agent", "agt_2", "Hi")]);
  expect(prompt).toEqual([
    { role: "user", text: "Hello", name: "USR_1" },
    { role: "user", text: "Hi", name: "AGT_2" },
  ]);
});

test("[turns.reply] a prompt keeps the newest messages that fit, and always the last", () => {
  const long = "x".repeat(150_000);
  const prompt = promptMessages(agent, [
    message("user", "usr_1", `old ${long}`),
    message("user", "usr_1", `new ${long}`),
  ]);
  expect(prompt).toHaveLength(1);
  expect(prompt[0]).toMatchObject({ text: `new ${long}` });
  expect(promptMessages(agent, [message("user", "usr_1", "x".repeat(300_000))])).toHaveLength(1);
});
