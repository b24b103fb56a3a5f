import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { KeyValue } from "@aloft/core/tables/define-table";

/** That an item has a word: enough to find it again, and to leave it if it is out of scope. */
export interface Posting {
  /** The value that results are ordered by; undefined if they are ordered by the key alone. */
  readonly newest: KeyValue | undefined;
  /** {@link scopeHash} of its scope. */
  readonly scope: number;
  /** The values of the key that neither the scope nor `newest` gives. */
  readonly rest: readonly KeyValue[];
}

/** Words with their postings, each list in ascending order of `newest`. */
export type PostingLists = readonly (readonly [term: string, postings: readonly Posting[]])[];

/** How the values of `newest` are written: not at all, as milliseconds of a timestamp, as whole numbers, as they are. */
const modes = { none: 0, timestamp: 1, integer: 2, value: 3 } as const;
type Mode = (typeof modes)[keyof typeof modes];

const scopeHashes = 1 << 24;

/** 24 bits of a scope. What has the same by chance is found out when the item is read. */
export function scopeHash(scope: KeyValue): number {
  return hashText(typeof scope === "number" ? `#${scope}` : scope) % scopeHashes;
}

/** 32 bits, evenly spread over texts that are nearly the same. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A value as a whole number that orders as it does, if it comes back from that as it is. */
export function ordinalOf(value: KeyValue | undefined): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 50 ? value : undefined;
  if (value?.length !== 24) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== value ? undefined : ms;
}

/** Writes lists of postings compactly. {@link decodeLists} reads them. */
export function encodeLists(lists: PostingLists): Uint8Array {
  const all = lists.flatMap(([, postings]) => postings);
  const mode = modeOf(all);
  const ordinals = mode === modes.timestamp || mode === modes.integer;
  const base = ordinals ? all.reduce((least, { newest }) => Math.min(least, ordinalOf(newest) ?? 0), Infinity) : 0;
  const bytes = new ByteWriter();
  bytes.varint(mode);
  if (ordinals) bytes.value(base);
  bytes.varint(lists.length);
  for (const [term, postings] of lists) {
    bytes.text(term);
    bytes.varint(postings.length);
    writePostings(bytes, postings, mode, base);
  }
  const plain = bytes.done();
  const packed = deflateRawSync(plain, { level: 9 });
  return packed.length < plain.length
    ? Buffer.concat([Uint8Array.of(1), packed])
    : Buffer.concat([Uint8Array.of(0), plain]);
}

/** @param wanted the terms whose postings are wanted. @param restValues how many values of the key each has. */
export function decodeLists(data: Uint8Array, wanted: ReadonlySet<string>, restValues: number): Map<string, Posting[]> {
  const bytes = new ByteReader(data[0] === 1 ? inflateRawSync(data.subarray(1)) : data.subarray(1));
  const mode = bytes.varint() as Mode;
  const base = mode === modes.timestamp || mode === modes.integer ? Number(bytes.value()) : 0;
  const found = new Map<string, Posting[]>();
  for (let lists = bytes.varint(); lists > 0; lists--) {
    const term = bytes.text();
    const postings = readPostings(bytes, mode, base, restValues);
    if (wanted.has(term)) found.set(term, postings);
  }
  return found;
}

function modeOf(postings: readonly Posting[]): Mode {
  const [first] = postings;
  if (first?.newest === undefined) return modes.none;
  if (!postings.every(({ newest }) => ordinalOf(newest) !== undefined)) return modes.value;
  return typeof first.newest === "string" ? modes.timestamp : modes.integer;
}

function writePostings(bytes: ByteWriter, postings: readonly Posting[], mode: Mode, base: number): void {
  let last = base;
  for (const { newest, scope, rest } of postings) {
    if (mode === modes.value) bytes.value(newest as KeyValue);
    else if (mode !== modes.none) {
      const ordinal = ordinalOf(newest) ?? 0;
      bytes.varint(ordinal - last);
      last = ordinal;
    }
    bytes.hash(scope);
    for (const value of rest) bytes.value(value);
  }
}

function readPostings(bytes: ByteReader, mode: Mode, base: number, restValues: number): Posting[] {
  const postings: Posting[] = [];
  let last = base;
  for (let count = bytes.varint(); count > 0; count--) {
    let newest: KeyValue | undefined;
    if (mode === modes.value) newest = bytes.value();
    else if (mode !== modes.none) {
      last += bytes.varint();
      newest = mode === modes.timestamp ? new Date(last).toISOString() : last;
    }
    const scope = bytes.hash();
    const rest: KeyValue[] = [];
    for (let i = 0; i < restValues; i++) rest.push(bytes.value());
    postings.push({ newest, scope, rest });
  }
  return postings;
}

const kinds = { positive: 0, negative: 1, text: 2, float: 3 } as const;

/** Numbers of seven bits a byte, text with its length before it. */
class ByteWriter {
  private bytes = Buffer.alloc(256);
  private length = 0;

  varint(number: number): void {
    this.reserve(8);
    let left = number;
    while (left >= 0x80) {
      this.bytes[this.length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.bytes[this.length++] = left;
  }

  hash(number: number): void {
    this.reserve(3);
    this.length = this.bytes.writeUIntBE(number, this.length, 3);
  }

  text(text: string): void {
    const size = Buffer.byteLength(text);
    this.varint(size);
    this.raw(text, size);
  }

  value(value: KeyValue): void {
    if (typeof value === "string") {
      const size = Buffer.byteLength(value);
      this.varint(size * 4 + kinds.text);
      this.raw(value, size);
    } else if (Number.isInteger(value) && Math.abs(value) < 2 ** 50) {
      this.varint(Math.abs(value) * 4 + (value < 0 ? kinds.negative : kinds.positive));
    } else {
      this.varint(kinds.float);
      this.reserve(8);
      this.length = this.bytes.writeDoubleBE(value, this.length);
    }
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private raw(text: string, size: number): void {
    this.reserve(size);
    this.length += this.bytes.write(text, this.length);
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(larger);
    this.bytes = larger;
  }
}

class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint(): number {
    let number = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.bytes.readUInt8(this.at++);
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) return number;
    }
  }

  hash(): number {
    this.at += 3;
    return this.bytes.readUIntBE(this.at - 3, 3);
  }

  text(): string {
    return this.raw(this.varint());
  }

  value(): KeyValue {
    const head = this.varint();
    const size = Math.floor(head / 4);
    switch (head % 4) {
      case kinds.positive:
        return size;
      case kinds.negative:
        return -size;
      case kinds.text:
        return this.raw(size);
      default:
        this.at += 8;
        return this.bytes.readDoubleBE(this.at - 8);
    }
  }

  private raw(size: number): string {
    this.at += size;
    return this.bytes.toString("utf8", this.at - size, this.at);
  }
}
