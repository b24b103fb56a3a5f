/** A message, with what a store keeps of one. */
export type SampleMessage = {
  readonly conversationId: string;
  readonly sequence: number;
  readonly author: { readonly kind: "user"; readonly id: string; readonly name: string };
  readonly text: string;
  readonly status: "complete";
  readonly createdAt: string;
};

/** What is common in any language comes first. */
const commonWords = "the of and to a in is it you that was for on are with".split(" ");
const syllables = "ba ko ri ten mu sal dor vi gan plo est ur ni fa che lo".split(" ");
const start = Date.parse("2026-03-01T08:00:00.000Z");

/**
 * Messages of 300 to 1,000 bytes, about a minute apart, in as many conversations as given, whose words are as often as
 * Zipf's law says. The same on every run.
 * @param more words that the message of this number has besides.
 */
export function sampleMessages(
  count: number,
  conversations: number,
  more: (number: number) => string = () => "",
): SampleMessage[] {
  const random = randomNumbers(7);
  const words = vocabulary(50_000, random);
  const sequences = new Map<string, number>();
  let time = start;
  return Array.from({ length: count }, (_, i) => {
    time += Math.floor(random() * 90_000) + 1;
    const conversationId = conversationName(Math.floor(random() * conversations));
    const sequence = (sequences.get(conversationId) ?? 0) + 1;
    sequences.set(conversationId, sequence);
    const text = `${textOf(words, 300 + random() * 690, random)} ${more(i)}`.trim();
    const author = { kind: "user", id: `usr_${conversationId.slice(4)}`, name: "Ada" } as const;
    return { conversationId, sequence, author, text, status: "complete", createdAt: new Date(time).toISOString() };
  });
}

/** As long as real ones, and as little alike. */
export function conversationName(number: number): string {
  const random = randomNumbers(number + 1);
  return `cnv_${Array.from({ length: 26 }, () => Math.floor(random() * 32).toString(32)).join("")}`;
}

function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function vocabulary(size: number, random: () => number): string[] {
  const words = new Set(commonWords);
  while (words.size < size) {
    const length = 2 + Math.floor(random() * 3);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
}

function textOf(words: readonly string[], bytes: number, random: () => number): string {
  let text = "";
  while (text.length < bytes) text += ` ${words[Math.floor(words.length ** random()) - 1] ?? "the"}`;
  return text.slice(1);
}
