import { expect, test } from "vitest";
import { isTextKind, kindOf, servedAs, sniffedBytes, UnsupportedKindError } from "./kinds.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test("[attachments.kinds] text that begins like something else stays text", () => {
  for (const text of [
    "BMW is a car",
    "ID3 is a tag",
    "I really WEBP",
    "The next WAVE",
    "GIF89a<script>",
    "OggS!",
    "\uFEFFa,b",
  ]) {
    expect([text, kindOf(bytes(text), "image/png")]).toEqual([text, "text/plain"]);
  }
  expect(kindOf(bytes("a,b"), 'text/csv; charset="utf-8"')).toBe("text/csv");
  expect(kindOf(bytes("{}"), "application/vnd.api+json")).toBe("application/vnd.api+json");
  expect(kindOf(bytes("x"), "not a type")).toBe("text/plain");
  expect(kindOf(bytes("%PDF-1.4"), "text/plain")).toBe("application/pdf");
});

test("[attachments.kinds] a character cut at the end of what is looked at does not make text binary; one inside does", () => {
  for (let pad = 0; pad < 4; pad++) {
    const text = bytes("x".repeat(pad) + "€🙂".repeat(1000)).subarray(0, sniffedBytes);
    expect(kindOf(text, "")).toBe("text/plain");
  }
  for (const broken of ["ab\xE2\x82", "a\xFFb", "a\0b", "\x01"]) {
    expect(() => kindOf(latin1(broken), "text/plain")).toThrow(UnsupportedKindError);
  }
});

test("[attachments.kinds] media are known by their bytes, office documents within their containers by name", () => {
  const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  const cases: readonly [string, string, string][] = [
    ["\xFF\xD8\xFF\xE0", "text/html", "image/jpeg"],
    ["RIFF\x01\0\0\0WEBPVP8 ", "", "image/webp"],
    ["\0\0\0\x1Cftypavif", "", "image/avif"],
    ["\0\0\0\x18ftypmp42", "", "video/mp4"],
    ["\0\0\0\x20ftypM4A ", "", "audio/mp4"],
    ["ID3\x04\0\0", "", "audio/mpeg"],
    ["BM\x36\0\0\0\0\0", "", "image/bmp"],
    ["PK\x03\x04\x14\0", docx, docx],
    ["PK\x03\x04\x14\0", "text/html", "application/zip"],
    ["\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/msword", "application/msword"],
    ["\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/x-msi", "application/x-ole-storage"],
  ];
  for (const [head, claimed, kind] of cases) expect([head, kindOf(latin1(head), claimed)]).toEqual([head, kind]);
});

test("[attachments.inert] only what no browser runs goes by its own type, and only raster images are shown", () => {
  for (const type of [
    "text/html",
    "image/svg+xml",
    "application/xml",
    "text/xml",
    "text/javascript",
    "application/xhtml+xml",
  ]) {
    expect(servedAs(type)).toEqual({ type: "application/octet-stream", inline: false });
  }
  expect(servedAs("image/png")).toEqual({ type: "image/png", inline: true });
  expect(servedAs("application/pdf")).toEqual({ type: "application/pdf", inline: false });
  expect(servedAs("text/plain")).toEqual({ type: "text/plain; charset=utf-8", inline: false });
  expect([isTextKind("text/html"), isTextKind("image/svg+xml"), isTextKind("image/png")]).toEqual([true, true, false]);
});
