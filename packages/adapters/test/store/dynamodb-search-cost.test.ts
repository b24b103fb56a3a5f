import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import type { StoreRequest } from "../../src/store/index.ts";
import { messageTable, openBed, type SearchBed, type Searcher } from "../../src/store/testing/dynamodb-search-bed.ts";
import { conversationName, sampleMessages, type SampleMessage } from "../../src/store/testing/messages.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

/** With ALOFT_SEARCH_MESSAGES=100000 everything is measured as it is; that takes DynamoDB Local some minutes. */
const count = Number(process.env["ALOFT_SEARCH_MESSAGES"] ?? 20_000);
const goal = { messages: 100_000, requests: 5, readUnits: 10, writeUnits: 2 };
const segmentItems = 16_384;
const conversations = Math.ceil(count / 50);
const longMs = 900_000;

interface Cost {
  readonly requests: number;
  readonly units: number;
}

function costOf(requests: readonly StoreRequest[]): Cost {
  const units = requests.reduce((sum, { readUnits = 0, writeUnits = 0 }) => sum + readUnits + writeUnits, 0);
  return { requests: requests.length, units };
}

describe.runIf(here)("what search on DynamoDB costs", () => {
  let bed: SearchBed;
  let searcher: Searcher;
  let items: SampleMessage[];
  let loaded: { readonly table: number; readonly index: number };
  let words: Map<string, number>;
  let indexing: readonly StoreRequest[];

  beforeAll(async () => {
    bed = await openBed((await service("dynamodb")).url, messageTable);
    items = sampleMessages(count, conversations, (i) => (i % 3000 === 5 ? "needle" : ""));
    loaded = await bed.load(items);
    searcher = bed.open({ keepItems: 1000 });
    await searcher.maintain();
    indexing = searcher.requests();
    words = new Map();
    for (const { text } of items) {
      for (const word of new Set(text.split(" "))) words.set(word, (words.get(word) ?? 0) + 1);
    }
    // Rows that were written less than ten seconds ago are read consistently, at twice the price.
    await delay(10_000);
  }, longMs);
  afterAll(() => bed[Symbol.asyncDispose]());

  /** The word that about this part of all messages have. */
  function wordOf(share: number): string {
    const [closest] = [...words].reduce((best, one) => {
      return Math.abs(one[1] - share * count) < Math.abs(best[1] - share * count) ? one : best;
    });
    return closest;
  }

  /** A page of 10 and one more, both shards of the tail, and the lists of the two rarest words in every segment. */
  async function unitsAtMost(sought: readonly string[]): Promise<number> {
    const rarest = [...sought].sort((a, b) => (words.get(a) ?? 0) - (words.get(b) ?? 0)).slice(0, 2);
    const segments = Math.floor(goal.messages / segmentItems) / Math.floor(count / segmentItems);
    let units = (11 + 2) * 0.5;
    for (const word of rarest) units += Math.max(1, Math.ceil(((await bed.rowBytes(word)) * segments) / 4096)) * 0.5;
    return units;
  }

  test("[dynamodb-search.writes] at most 2 write units a message, the index of recent writes apart", () => {
    const bytes = items.map(({ text }) => text.length);
    expect([Math.min(...bytes) >= 300, Math.max(...bytes) <= 1000]).toEqual([true, true]);
    const indexed = Math.floor(count / segmentItems) * segmentItems;
    const written = indexing.reduce((sum, { writeUnits = 0 }) => sum + writeUnits, 0);
    expect(written / indexed).toBeGreaterThan(0.1);
    expect(written / indexed).toBeLessThan(goal.writeUnits);
    expect(loaded.index / count).toBeLessThan(1.25);
    const read = indexing.reduce((sum, { readUnits = 0 }) => sum + readUnits, 0);
    report(
      `${(written / indexed).toFixed(2)} write units and ${(read / indexed).toFixed(2)} read units a message to index;`,
    );
    report(`${(loaded.index / count).toFixed(2)} write units a message for the index of recent writes;`);
    report(`${(loaded.table / count).toFixed(2)} write units a message for the message itself.`);
  });

  const shares = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001];
  const pairs = [
    [1, 0.5],
    [0.5, 0.2],
    [0.2, 0.05],
    [0.1, 0.05],
    [0.05, 0.02],
    [0.02, 0.01],
    [0.01, 0.001],
    [1, 0.0001],
  ];
  const queries = [...shares.map((share) => [share]), ...pairs];
  const fences = [conversations, 50, 1].map((most) => Math.min(most, conversations));

  test.each(fences)("[dynamodb-search.reads] a page of 10 in %i conversations", { timeout: longMs }, async (most) => {
    const scopes = Array.from({ length: most }, (_, i) => conversationName(i));
    const within = new Set(scopes);
    const sought = [...queries.map((some) => some.map(wordOf).join(" ")), "needle", "needle the", "nosuchword"];
    for (const text of sought) {
      const matching = items.filter((item) => {
        const has = new Set(item.text.split(" "));
        return within.has(item.conversationId) && text.split(" ").every((word) => has.has(word));
      });
      searcher.requests();
      const page = await searcher.page({ text, scopes, limit: 10 });
      const cost = costOf(searcher.requests());
      expect(
        page.items.map(({ createdAt }) => createdAt),
        text,
      ).toEqual(
        matching
          .map(({ createdAt }) => createdAt)
          .slice(-10)
          .reverse(),
      );
      const atGoal = await unitsAtMost(text.split(" "));
      report(
        `${most} conversations, ${text
          .split(" ")
          .map((word) => words.get(word) ?? 0)
          .join(" & ")} of ${count} messages: ` +
          `${matching.length} found; ${cost.requests} requests, ${cost.units} units, at most ${atGoal} in ${goal.messages}`,
      );
      expect(cost.requests, text).toBeLessThanOrEqual(goal.requests);
      expect(cost.units, text).toBeLessThanOrEqual(goal.readUnits);
      expect(atGoal, text).toBeLessThanOrEqual(goal.readUnits);
    }
  });
});

function report(line: string): void {
  if (process.env["ALOFT_SEARCH_REPORT"] !== undefined) process.stderr.write(`${line}\n`);
}
