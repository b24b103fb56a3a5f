import { messages } from "@aloft/core/conversations/tables";
import type { Item } from "@aloft/core/tables/define-table";

export type Message = Item<typeof messages>;

/** The same numbers on every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const syllables = [
  "ba",
  "ko",
  "ri",
  "ten",
  "mu",
  "sal",
  "dor",
  "vi",
  "gan",
  "plo",
  "est",
  "ur",
  "ni",
  "fa",
  "che",
  "lo",
];
const commonWords = ["the", "of", "and", "to", "a", "in", "is", "it", "you", "that", "was", "for", "on", "are", "with"];

/** A vocabulary whose first words are common and whose last are rare, as in any language. */
export function vocabulary(size: number): string[] {
  const random = randomNumbers(7);
  const words = new Set(commonWords);
  while (words.size < size) {
    const length = 2 + Math.floor(random() * 3);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
}

/** Text of about `length` characters, its words as often as Zipf's law says. */
export function textOf(words: readonly string[], length: number, random: () => number): string {
  const picked: string[] = [];
  for (let size = 0; size < length; size += (picked.at(-1)?.length ?? 0) + 1) {
    picked.push(words[Math.floor(words.length ** random()) - 1] ?? "the");
  }
  return picked.join(" ");
}

export function conversationId(number: number): string {
  return `cnv_01KAJ5V7Q8${String(number).padStart(16, "0")}`;
}

/** Messages of several conversations by turns: short ones of a user, long ones of an agent. */
export function* messagesOf(conversations: number, count: number): Generator<Message> {
  const random = randomNumbers(1);
  const words = vocabulary(20_000);
  for (let i = 0; i < count; i++) {
    const sequence = Math.floor(i / conversations) + 1;
    const byUser = sequence % 2 === 1;
    yield {
      conversationId: conversationId((i * 7919) % conversations),
      sequence,
      author: byUser
        ? { kind: "user", id: "usr_01KAJ5V7Q80000000000000001", name: "Ada Lovelace" }
        : { kind: "agent", id: "agt_01KAJ5V7Q80000000000000002", name: "Assistant" },
      text: textOf(words, byUser ? 40 + random() * 200 : 200 + random() * 1500, random),
      status: "complete",
      createdAt: new Date(1_763_000_000_000 + i * 1000).toISOString(),
    };
  }
}
