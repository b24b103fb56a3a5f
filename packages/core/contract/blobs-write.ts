import { expect, test } from "vitest";
import { ConflictError, InvalidError, UnavailableError } from "../src/errors.ts";
import type { BlobsFixture } from "./blobs.ts";
import { bytesOf, collect, found, inPieces, namesOf, noise, read, sha256Of } from "./blobs-helpers.ts";

type Open = () => Promise<BlobsFixture>;

/** What is stored, and what is not. */
export function blobWriteTests(open: Open): void {
  test("[blobs.put.bytes] bytes come back as they were put, with type, metadata, size and etag", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const before = Date.now() - 2000;
    const metadata = { "file-name": "a b.txt", by: "usr_1" };
    const put = await blobs.put("notes/a.txt", bytesOf("Grüße"), {
      contentType: "text/plain; charset=utf-8",
      metadata,
    });
    expect(put).toEqual({ etag: put.etag, sizeBytes: 7, sha256: await sha256Of(bytesOf("Grüße")) });
    expect(put.etag).toMatch(/^"[^"]+"$/);
    expect(await read(blobs, "notes/a.txt")).toBe("Grüße");
    const info = await blobs.head("notes/a.txt");
    const contentType = "text/plain; charset=utf-8";
    expect(info).toMatchObject({ name: "notes/a.txt", sizeBytes: 7, contentType, metadata, etag: put.etag });
    expect(info?.modifiedAt.getTime()).toBeGreaterThan(before);
    expect(info?.modifiedAt.getTime()).toBeLessThan(Date.now() + 2000);
    const again = await fixture.reopen();
    expect(await read(again, "notes/a.txt")).toBe("Grüße");
    expect((await again.head("notes/a.txt"))?.etag).toBe(put.etag);
  });

  test("[blobs.put.default-type] without a type it is application/octet-stream, and an empty blob is one", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("empty", new Uint8Array());
    async function* nothing(): AsyncGenerator<Uint8Array> {}
    const put = await blobs.put("empty-stream", nothing());
    expect(put.sizeBytes).toBe(0);
    for (const name of ["empty", "empty-stream"]) {
      expect(await blobs.head(name)).toMatchObject({ sizeBytes: 0, contentType: "application/octet-stream" });
      expect(await read(blobs, name)).toBe("");
    }
  });

  test("[blobs.put.stream] [blobs.put.large] a stream of unknown length and many parts comes back byte for byte", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const bytes = noise(fixture.largeBytes);
    const sha256 = await sha256Of(bytes);
    const put = await blobs.put("large", inPieces(bytes, 700_001), { contentType: "video/mp4", sha256 });
    expect(put).toMatchObject({ sizeBytes: bytes.length, sha256 });
    expect(await blobs.head("large")).toMatchObject({ sizeBytes: bytes.length, contentType: "video/mp4" });
    expect(await sha256Of(await collect((await found(blobs, "large")).body))).toBe(sha256);
    const middle = await found(blobs, "large", { range: { first: 5_000_000, last: 9_000_000 } });
    expect(await sha256Of(await collect(middle.body))).toBe(await sha256Of(bytes.slice(5_000_000, 9_000_001)));
  });

  test("[blobs.put.replace] a second put replaces the first: bytes, type, metadata and etag", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const first = await blobs.put("a", bytesOf("one"), { contentType: "text/plain", metadata: { v: "1" } });
    const second = await blobs.put("a", bytesOf("second"));
    expect(second.etag).not.toBe(first.etag);
    expect(await read(blobs, "a")).toBe("second");
    expect(await blobs.head("a")).toMatchObject({
      contentType: "application/octet-stream",
      metadata: {},
      sizeBytes: 6,
    });
  });

  test("[blobs.put.checksum] bytes that are not those of the checksum are refused, and nothing is stored", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const sha256 = await sha256Of(bytesOf("what was meant"));
    const large = noise(fixture.largeBytes, 2);
    await expect(blobs.put("a", bytesOf("what was mean"), { sha256 })).rejects.toThrow(InvalidError);
    await expect(blobs.put("b", inPieces(large, 1_000_000), { sha256 })).rejects.toThrow(/SHA-256.*nothing was stored/);
    await expect(blobs.put("c", bytesOf("x"), { sha256: "123" })).rejects.toThrow(/64 hex digits/);
    expect(await namesOf(blobs)).toEqual([]);
    await blobs.put("a", bytesOf("kept"));
    await expect(blobs.put("a", bytesOf("other"), { sha256 })).rejects.toThrow(InvalidError);
    expect(await read(blobs, "a")).toBe("kept");
  });

  test("[blobs.put.create-only] under ifNoneMatch a blob that is there stays, small or large", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a", bytesOf("first"), { ifNoneMatch: "*" });
    const lost = await blobs.put("a", bytesOf("second"), { ifNoneMatch: "*" }).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(ConflictError);
    expect(lost).toMatchObject({ reason: "exists" });
    const large = inPieces(noise(fixture.largeBytes, 3), 3_000_000);
    await expect(blobs.put("a", large, { ifNoneMatch: "*" })).rejects.toThrow(ConflictError);
    expect(await read(blobs, "a")).toBe("first");
  });

  test("[blobs.put.race] of many who create one name at once, one wins, and its bytes are there", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    for (let round = 0; round < 3; round++) {
      const name = `round/${round}`;
      const racers = Array.from({ length: 8 }, (_, i) => blobs.put(name, bytesOf(`racer ${i}`), { ifNoneMatch: "*" }));
      const results = await Promise.allSettled(racers);
      const winners = results.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
      const losers = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      expect(winners).toHaveLength(1);
      for (const loser of losers) expect(loser).toBeInstanceOf(ConflictError);
      expect(await read(blobs, name)).toBe(`racer ${winners[0]}`);
    }
  });

  test("[blobs.put.whole] of those who replace one blob at once, one is there whole", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const writers = Array.from({ length: 6 }, (_, i) => noise(300_000 + i, i + 10));
    await Promise.all(
      writers.map((bytes, i) => blobs.put("a", inPieces(bytes, 50_000), { metadata: { writer: `${i}` } })),
    );
    const { info, body } = await found(blobs, "a");
    const expected = writers[Number(info.metadata["writer"])];
    expect(info.sizeBytes).toBe(expected?.length);
    expect(await sha256Of(await collect(body))).toBe(await sha256Of(expected ?? new Uint8Array()));
  });

  test("[blobs.put.abort] an abort throws its reason even while the source hangs, and nothing is stored", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const reason = new Error("enough");
    for (const beforeBytes of [10, fixture.largeBytes]) {
      const abort = new AbortController();
      async function* hanging(): AsyncGenerator<Uint8Array> {
        yield* inPieces(noise(beforeBytes), 1_000_000);
        setTimeout(() => abort.abort(reason), 20);
        await new Promise(() => {});
      }
      await expect(blobs.put("a", hanging(), { signal: abort.signal })).rejects.toBe(reason);
    }
    const signal = AbortSignal.abort(reason);
    await expect(blobs.put("a", bytesOf("x"), { signal })).rejects.toBe(reason);
    expect(await namesOf(blobs)).toEqual([]);
  });

  test("[blobs.put.source-fails] an error of the source is thrown as it is, and nothing is stored", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("kept", bytesOf("before"));
    const failure = new Error("the connection of the one who sends it broke");
    for (const [name, beforeBytes] of [
      ["a", 10],
      ["kept", fixture.largeBytes],
    ] as const) {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* inPieces(noise(beforeBytes), 1_000_000);
        throw failure;
      }
      await expect(blobs.put(name, failing())).rejects.toBe(failure);
    }
    expect(await namesOf(blobs)).toEqual(["kept"]);
    expect(await read(blobs, "kept")).toBe("before");
  });

  test("[blobs.put.options] types and metadata that no adapter could keep are refused", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const bad = [
      { contentType: "text" },
      { contentType: "text/html\r\nx-evil: 1" },
      { contentType: "" },
      { metadata: { Upper: "x" } },
      { metadata: { "a b": "x" } },
      { metadata: { a: "line\nbreak" } },
      { metadata: { a: "ü" } },
      { metadata: { a: "x".repeat(1600) } },
    ];
    for (const options of bad) await expect(blobs.put("a", bytesOf("x"), options)).rejects.toThrow(InvalidError);
    expect(await namesOf(blobs)).toEqual([]);
  });

  test("[blobs.delete.repeatable] a deleted blob is gone, and deleting is repeatable", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("a/b/c", bytesOf("x"));
    await blobs.put("a/b2", bytesOf("y"));
    await blobs.delete("a/b/c");
    await blobs.delete("a/b/c");
    await blobs.delete("never/there");
    expect(await blobs.get("a/b/c")).toBeUndefined();
    expect(await blobs.head("a/b/c")).toBeUndefined();
    expect(await namesOf(blobs)).toEqual(["a/b2"]);
    await blobs.put("a/b/c", bytesOf("again"), { ifNoneMatch: "*" });
    expect(await read(blobs, "a/b/c")).toBe("again");
  });

  test("[blobs.delete.race] puts and deletions of neighbours at once leave what was put last", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const work = Array.from({ length: 20 }, async (_, i) => {
      const name = `folder/deep/${i % 4}-${i}`;
      await blobs.put(name, bytesOf(`${i}`));
      await blobs.delete(name);
      if (i % 5 === 0) await blobs.put(name, bytesOf("stays"));
    });
    await Promise.all(work);
    expect(await namesOf(blobs)).toEqual([
      "folder/deep/0-0",
      "folder/deep/1-5",
      "folder/deep/2-10",
      "folder/deep/3-15",
    ]);
  });

  test("[blobs.close.repeatable] closing twice is no error; afterwards everything is unavailable; check says yes before", async () => {
    await using fixture = await open();
    const blobs = await fixture.reopen();
    await blobs.check();
    await blobs.close();
    await blobs.close();
    await expect(blobs.check()).rejects.toThrow(UnavailableError);
    await expect(blobs.put("a", bytesOf("x"))).rejects.toThrow(UnavailableError);
    await expect(blobs.get("a")).rejects.toThrow(UnavailableError);
    await expect(blobs.list("")).rejects.toThrow(UnavailableError);
  });
}
