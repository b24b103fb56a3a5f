import { expect, test } from "vitest";
import { InvalidCursorError, InvalidError } from "../src/errors.ts";
import type { BlobRange } from "../src/ports/blobs.ts";
import type { BlobsFixture } from "./blobs.ts";
import { bytesOf, collect, found, namesOf, noise, read, sha256Of } from "./blobs-helpers.ts";

type Open = () => Promise<BlobsFixture>;

/** What is read and listed. */
export function blobReadTests(open: Open): void {
  test("[blobs.get.absent] what is not there is undefined to get and head", async () => {
    await using fixture = await open();
    expect(await fixture.blobs.get("nothing")).toBeUndefined();
    expect(await fixture.blobs.head("nothing")).toBeUndefined();
    expect(await fixture.blobs.get("nothing", { range: { first: 0 } })).toBeUndefined();
  });

  test("[blobs.get.range] from first to last, to the end, the last ones, and no further than there are", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a", bytesOf("0123456789"));
    const cases: readonly [BlobRange, string, number, number][] = [
      [{ first: 2, last: 4 }, "234", 2, 4],
      [{ first: 0, last: 0 }, "0", 0, 0],
      [{ first: 7 }, "789", 7, 9],
      [{ first: 7, last: 1000 }, "789", 7, 9],
      [{ suffix: 3 }, "789", 7, 9],
      [{ suffix: 10 }, "0123456789", 0, 9],
      [{ first: 9, last: 9 }, "9", 9, 9],
    ];
    for (const [range, text, first, last] of cases) {
      const part = await found(blobs, "a", { range });
      expect({ range: part.range, size: part.info.sizeBytes }).toEqual({ range: { first, last }, size: 10 });
      expect(new TextDecoder().decode(await collect(part.body))).toBe(text);
    }
    expect(await read(blobs, "a", { range: { suffix: 99 } })).toBe("0123456789");
  });

  test("[blobs.get.no-range] a range with no byte of the blob is invalid", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a", bytesOf("0123456789"));
    await blobs.put("empty", new Uint8Array());
    const bad: readonly BlobRange[] = [
      { first: 10 },
      { first: 10, last: 20 },
      { first: 4, last: 3 },
      { suffix: 0 },
      { first: -1 },
      { first: 0.5 },
    ];
    for (const range of bad) await expect(blobs.get("a", { range })).rejects.toThrow(InvalidError);
    await expect(blobs.get("empty", { range: { first: 0 } })).rejects.toThrow(InvalidError);
  });

  test("[blobs.get.not-modified] of an etag the caller has, nothing is sent; of another one, everything", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const { etag } = await blobs.put("a", bytesOf("one"));
    expect(await blobs.get("a", { ifNoneMatch: [etag] })).toMatchObject({ status: "not-modified", etag });
    expect(await blobs.get("a", { ifNoneMatch: ['"other"', etag] })).toMatchObject({ status: "not-modified", etag });
    expect(await read(blobs, "a", { ifNoneMatch: ['"other"'] })).toBe("one");
    await blobs.put("a", bytesOf("two"));
    expect(await read(blobs, "a", { ifNoneMatch: [etag] })).toBe("two");
    expect(await blobs.get("none", { ifNoneMatch: [etag] })).toBeUndefined();
  });

  test("[blobs.get.while-replaced] a reader reads the blob that was there to its end, whatever replaces it", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const old = noise(3_000_000);
    await blobs.put("a", old);
    const { body } = await found(blobs, "a");
    await blobs.put("a", bytesOf("new"));
    expect(await sha256Of(await collect(body))).toBe(await sha256Of(old));
    expect(await read(blobs, "a")).toBe("new");
  });

  test("[blobs.get.abort] an abort ends the reading with its reason; a reader may leave, or not begin at all", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a", noise(fixture.largeBytes));
    const reason = new Error("enough");
    const abort = new AbortController();
    const { body } = await found(blobs, "a", { signal: abort.signal });
    const reading = (async () => {
      for await (const chunk of body) if (chunk.length > 0) abort.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    await expect(blobs.get("a", { signal: abort.signal })).rejects.toBe(reason);
    for await (const chunk of (await found(blobs, "a")).body) if (chunk.length > 0) break;
    const unread = await found(blobs, "a");
    await unread[Symbol.asyncDispose]();
    await expect(collect(unread.body)).rejects.toThrow();
  });

  test("[blobs.list.order] names come in the order of their bytes, with size and etag, only those of the prefix", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const names = ["b", "a/b", "a", "a!", "a-", "a.b/c", "a/B", "a/b/c", "A", "a0", "a~", "a/b-c"];
    for (const name of names) await blobs.put(name, bytesOf(name));
    const sorted = [...names].sort((x, y) => (x < y ? -1 : 1));
    const { items, next } = await blobs.list("");
    expect(items.map((item) => item.name)).toEqual(sorted);
    expect(next).toBeUndefined();
    for (const { name, sizeBytes, etag } of items) {
      expect({ sizeBytes, etag }).toEqual({ sizeBytes: name.length, etag: (await blobs.head(name))?.etag });
    }
    for (const prefix of ["a", "a/", "a/b", "A", "a.", "zz", "a/b/"]) {
      expect(await namesOf(blobs, prefix)).toEqual(sorted.filter((name) => name.startsWith(prefix)));
    }
  });

  test("[blobs.list.pages] pages by cursor skip and repeat nothing that stays, whatever is put and deleted between them", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const names = Array.from({ length: 23 }, (_, i) => `p/${i % 3}/${String(i).padStart(3, "0")}`).sort();
    await Promise.all(names.map((name) => blobs.put(name, bytesOf("x"))));
    expect(await namesOf(blobs, "p/", 5)).toEqual(names);
    expect(await namesOf(blobs, "p/1", 1)).toEqual(names.filter((name) => name.startsWith("p/1")));
    const first = await blobs.list("p/", { limit: 5 });
    expect(first.items).toHaveLength(5);
    await blobs.delete(names[4] ?? "");
    await blobs.put("p/0/before", bytesOf("x"));
    const rest = await blobs.list("p/", { limit: 100, cursor: first.next ?? "" });
    expect(rest.items.map(({ name }) => name).filter((name) => names.includes(name))).toEqual(names.slice(5));
    const exact = await blobs.list("p/", { limit: 23 });
    expect(exact.items).toHaveLength(23);
  });

  test("[blobs.list.refused] limits, cursors and prefixes that are none are refused", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a/1", bytesOf("x"));
    await blobs.put("a/2", bytesOf("x"));
    const { next = "" } = await blobs.list("a/", { limit: 1 });
    await expect(blobs.list("b/", { cursor: next })).rejects.toThrow(InvalidCursorError);
    await expect(blobs.list("a/", { cursor: "?" })).rejects.toThrow(InvalidCursorError);
    for (const limit of [0, 1001, 1.5, -1]) await expect(blobs.list("", { limit })).rejects.toThrow(InvalidError);
    for (const prefix of ["/", "../", "a//", "ü", "a\0"])
      await expect(blobs.list(prefix)).rejects.toThrow(InvalidError);
  });
}
