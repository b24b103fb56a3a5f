import { expect, test } from "vitest";
import { InvalidError } from "../src/errors.ts";
import { blobLimits } from "../src/ports/blobs.ts";
import type { BlobsFixture } from "./blobs.ts";
import { bytesOf, namesOf, read } from "./blobs-helpers.ts";

type Open = () => Promise<BlobsFixture>;

const escaping = [
  "",
  "/",
  "/etc/passwd",
  "..",
  "../a",
  "a/../b",
  "a/..",
  "./a",
  "a/./b",
  ".",
  "a//b",
  "a/",
  "a\\b",
  "..\\a",
  "C:\\a",
  "C:/a",
  "a\0b",
  "a\nb",
  "a\tb",
  "a b",
  "a%2e%2e",
  "%2e%2e/a",
  "ä",
  "a\u0301",
  "\u2025/a",
  "a.",
  "a./b",
  "...",
  "a?b",
  "a#b",
  "a*b",
  "a:b",
  "a^b",
  "x".repeat(blobLimits.maxSegmentBytes + 1),
  Array.from({ length: 10 }, () => "y".repeat(100)).join("/"),
];

/** Which names there are. */
export function blobNameTests(open: Open): void {
  test("[blobs.names.refused] names that escape, or that not every adapter can hold, are invalid to every method", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    for (const name of escaping) {
      const refusals = [
        blobs.put(name, bytesOf("x")),
        blobs.get(name),
        blobs.head(name),
        blobs.delete(name),
        blobs.signDownload(name, { expiresInSeconds: 60 }),
        blobs.signUpload(name, { expiresInSeconds: 60, contentType: "text/plain", sizeBytes: 1 }),
      ];
      for (const refusal of await Promise.allSettled<unknown>(refusals)) {
        expect(refusal.status, JSON.stringify(name)).toBe("rejected");
        if (refusal.status === "rejected") expect(refusal.reason).toBeInstanceOf(InvalidError);
      }
    }
    expect(await namesOf(blobs)).toEqual([]);
  });

  test("[blobs.names.allowed] every character that names may have, the longest part and the longest name", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const longest = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(99)).join("/");
    const names = [
      "!leading",
      "-_.!'()~=@+,",
      ".hidden",
      "..a",
      "CON",
      "LongUPPERCASE".repeat(9),
      "X".repeat(blobLimits.maxSegmentBytes),
      `${longest}${"Z".repeat(blobLimits.maxNameBytes - longest.length)}`,
      "nul",
      "z.tar.gz",
      "~",
    ];
    for (const name of names) await blobs.put(name, bytesOf(name.slice(0, 5)));
    expect(await namesOf(blobs)).toEqual([...names].sort((x, y) => (x < y ? -1 : 1)));
    for (const name of names) expect(await read(blobs, name)).toBe(name.slice(0, 5));
  });

  test("[blobs.names.case] names that differ in case alone are two", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const names = ["Readme/A", "Readme/a", "readme/A", "README/a"];
    for (const name of names) await blobs.put(name, bytesOf(name), { ifNoneMatch: "*" });
    for (const name of names) expect(await read(blobs, name)).toBe(name);
    expect(await namesOf(blobs, "R")).toEqual(["README/a", "Readme/A", "Readme/a"]);
    await blobs.delete("readme/A");
    expect(await namesOf(blobs)).toEqual(["README/a", "Readme/A", "Readme/a"]);
  });

  test("[blobs.names.nested] a name that another begins with may be there too, in any order", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    for (const name of ["a/b/c", "a", "a/b", "d", "d/e"]) await blobs.put(name, bytesOf(name));
    for (const name of ["a", "a/b", "a/b/c", "d", "d/e"]) expect(await read(blobs, name)).toBe(name);
    expect(await namesOf(blobs)).toEqual(["a", "a/b", "a/b/c", "d", "d/e"]);
    expect(await blobs.head("a/b/c/d")).toBeUndefined();
    await blobs.delete("a");
    expect(await namesOf(blobs, "a")).toEqual(["a/b", "a/b/c"]);
  });
}
