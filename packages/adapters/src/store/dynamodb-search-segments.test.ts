import { messages } from "@aloft/core/conversations/tables";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { decodeDocs, decodeList } from "./dynamodb-search-codec.ts";
import { entryOf, scopesByHash, searchLayoutOf, type SearchLayout } from "./dynamodb-search-entries.ts";
import { bucketName, buildSegment, defaultSegmentSettings, docRowName } from "./dynamodb-search-segments.ts";
import { sampleMessages } from "./testing/messages.ts";

const layout = searchLayoutOf(messages) as SearchLayout;
const place = { generation: "g", name: 7, common: new Set(["the"]) };
const items = sampleMessages(3000, 60);
const entries = items.flatMap((item) => entryOf(layout, item, [item.createdAt]) ?? []);

test("[dynamodb-search.postings] a segment has every word of every item, and no row is larger than a read of 4 KB", async () => {
  const { rows, common } = await buildSegment(layout, entries, place, defaultSegmentSettings);
  expect(Math.max(...rows.map(({ row, data }) => (row.startsWith("b/") ? data.length : 0)))).toBeLessThan(4096);
  const byName = new Map(rows.map(({ bucket, row, data }) => [`${bucket} ${row}`, data]));
  const docs = decodeDocs(byName.get(`g.docs ${docRowName(7, 0)}`) ?? new Uint8Array(), layout.rest.length);
  const scopes = scopesByHash([...new Set(items.map(({ conversationId }) => conversationId))]);
  for (const [i, { tokens, sort }] of entries.entries()) {
    if (i % 100 !== 0) continue;
    for (const token of tokens) {
      const own = byName.get(`${bucketName("g", token, defaultSegmentSettings)} c/${token}/00007`);
      const shared = byName.get(`${bucketName("g", token, defaultSegmentSettings)} b/00007`) ?? new Uint8Array();
      expect(own !== undefined).toBe(token === "the" || common.includes(token));
      const numbers = own === undefined ? decodeList(shared, token) : decodeList(own, "");
      const places = numbers.map((n) => [docs.newest(n), ...(scopes.get(docs.scope(n)) ?? []), ...docs.rest(n)]);
      expect(places.some((found) => found.join() === sort.join())).toBe(true);
    }
  }
});

test("[dynamodb-search.background] others have their turns while a segment is built", async () => {
  const building = new AbortController();
  let turns = 0;
  const others = async (): Promise<void> => {
    for (; !building.signal.aborted; turns++) await setImmediate();
  };
  const counting = others();
  const before = turns;
  await buildSegment(layout, entries, place, defaultSegmentSettings);
  building.abort();
  await counting;
  expect(turns - before).toBeGreaterThan(5);
});
