import type { Message } from "../conversations/tables.ts";

/** An agent's offer to speak next. Higher wins; 0 is silence. */
export interface Bid<A> {
  readonly agent: A;
  readonly score: number;
}

const maxSpeakers = 4;
const scores = { addressed: 3, spokeLast: 2, present: 1 } as const;

/**
 * Whether `text` addresses `name` as `@name`: not as part of a longer word.
 */
export function addresses(text: string, name: string): boolean {
  const said = text.toLowerCase();
  const wanted = `@${name.toLowerCase()}`;
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1)) {
    const before = said[at - 1] ?? " ";
    const after = said[at + wanted.length] ?? " ";
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return true;
  }
  return false;
}

/**
 * What each agent bids for a message: most when it is addressed, then the one who spoke last, then by the order in
 * which they were given.
 * @param history newest first
 */
export function bids<A extends { readonly id: string; readonly name: string }>(
  agents: readonly A[],
  message: Pick<Message, "text">,
  history: readonly Message[],
): readonly Bid<A>[] {
  const spokeLast = history.find(({ author }) => author.kind === "agent")?.author.id;
  return agents
    .map((agent) => {
      if (addresses(message.text, agent.name)) return { agent, score: scores.addressed };
      return { agent, score: agent.id === spokeLast ? scores.spokeLast : scores.present };
    })
    .sort((a, b) => b.score - a.score);
}

/** The agents who get to speak: all that are addressed, up to 4, or else the highest bidder. */
export function pickSpeakers<A>(offers: readonly Bid<A>[]): readonly A[] {
  const addressed = offers.filter(({ score }) => score === scores.addressed);
  return (addressed.length > 0 ? addressed.slice(0, maxSpeakers) : offers.slice(0, 1)).map(({ agent }) => agent);
}
