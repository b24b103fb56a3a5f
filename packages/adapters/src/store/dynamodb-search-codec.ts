import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { KeyValue } from "@aloft/core/tables/define-table";

/** Words with the items of a segment that have them: their numbers, ascending. */
export type WordLists = readonly (readonly [term: string, numbers: readonly number[]])[];

/** What finds an item again, and says whether it is in scope. */
export interface Doc {
  /** The value that results are ordered by; undefined if they are ordered by the key alone. */
  readonly newest: KeyValue | undefined;
  /** {@link scopeHash} of its scope. */
  readonly scope: number;
  /** The values of the key that neither the scope nor `newest` gives. */
  readonly rest: readonly KeyValue[];
}

/** How a column of values is written: as milliseconds of timestamps, as whole numbers, as they are. */
const modes = { none: 0, timestamp: 1, integer: 2, value: 3 } as const;
type Mode = (typeof modes)[keyof typeof modes];

/** 32 bits of a scope. What has the same by chance is found out when the item is read. */
export function scopeHash(scope: KeyValue): number {
  return hashText(typeof scope === "number" ? `#${scope}` : scope);
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

/** Writes lists compactly. {@link decodeList} reads one. */
export function encodeLists(lists: WordLists): Uint8Array {
  const bytes = new ByteWriter();
  bytes.varint(lists.length);
  for (const [term, numbers] of lists) {
    bytes.text(term);
    const deltas = new ByteWriter();
    for (let i = 0; i < numbers.length; i++) deltas.varint((numbers[i] ?? 0) - (numbers[i - 1] ?? -1) - 1);
    const spread = deltas.done();
    const bits = bitmapOf(numbers);
    const shorter = bits.length < spread.length ? bits : spread;
    bytes.varint(shorter.length * 2 + (shorter === bits ? 1 : 0));
    bytes.raw(shorter);
  }
  return packed(bytes.done());
}

/** The numbers of the items that have the term. */
export function decodeList(data: Uint8Array, wanted: string): number[] {
  const bytes = unpacked(data);
  for (let lists = bytes.varint(); lists > 0; lists--) {
    const term = bytes.text();
    const head = bytes.varint();
    const list = bytes.part(Math.floor(head / 2));
    if (term === wanted) return head % 2 === 1 ? fromBitmap(list) : fromDeltas(list);
  }
  return [];
}

/** Writes what finds items again. {@link decodeDocs} reads it. */
export function encodeDocs(docs: readonly Doc[]): Uint8Array {
  const bytes = new ByteWriter();
  bytes.varint(docs.length);
  writeColumn(
    bytes,
    docs.map(({ newest }) => newest),
  );
  for (const { scope } of docs) bytes.hash(scope);
  for (let i = 0; i < (docs[0]?.rest.length ?? 0); i++)
    writeColumn(
      bytes,
      docs.map(({ rest }) => rest[i]),
    );
  return packed(bytes.done());
}

/** @param restValues how many values of the key each has. */
export function decodeDocs(data: Uint8Array, restValues: number): Docs {
  const bytes = unpacked(data);
  const length = bytes.varint();
  const newest = readColumn(bytes, length);
  const scopes = new Uint32Array(length);
  for (let i = 0; i < length; i++) scopes[i] = bytes.hash();
  const rest = Array.from({ length: restValues }, () => readColumn(bytes, length));
  return {
    length,
    newest,
    scope: (i) => scopes[i] ?? 0,
    rest: (i) => rest.map((column) => column(i) as KeyValue),
  };
}

/** The docs of a part of a segment, about 20 bytes each if their keys are numbers. */
export interface Docs {
  readonly length: number;
  readonly newest: (i: number) => KeyValue | undefined;
  readonly scope: (i: number) => number;
  readonly rest: (i: number) => readonly KeyValue[];
}

function packed(plain: Uint8Array): Uint8Array {
  const deflated = deflateRawSync(plain, { level: 9 });
  const [mark, body] = deflated.length < plain.length ? [1, deflated] : [0, plain];
  return Buffer.concat([Uint8Array.of(mark), body]);
}

function unpacked(data: Uint8Array): ByteReader {
  return new ByteReader(data[0] === 1 ? inflateRawSync(data.subarray(1)) : data.subarray(1));
}

function bitmapOf(numbers: readonly number[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(((numbers.at(-1) ?? -1) + 1) / 8));
  for (const number of numbers) bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7));
  return bits;
}

function fromBitmap(bits: Uint8Array): number[] {
  const numbers: number[] = [];
  for (const [i, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) numbers.push(i * 8 + bit);
  }
  return numbers;
}

function fromDeltas(list: Uint8Array): number[] {
  const bytes = new ByteReader(list);
  const numbers: number[] = [];
  for (let last = -1; bytes.left() > 0;) numbers.push((last += bytes.varint() + 1));
  return numbers;
}

function writeColumn(bytes: ByteWriter, values: readonly (KeyValue | undefined)[]): void {
  const mode = modeOf(values);
  bytes.varint(mode);
  let last = 0;
  for (const value of values) {
    if (mode === modes.value) bytes.value(value as KeyValue);
    else if (mode !== modes.none) {
      const ordinal = ordinalOf(value) ?? 0;
      bytes.value(ordinal - last);
      last = ordinal;
    }
  }
}

function readColumn(bytes: ByteReader, length: number): (i: number) => KeyValue | undefined {
  const mode = bytes.varint() as Mode;
  if (mode === modes.none) return () => undefined;
  if (mode === modes.value) {
    const values = Array.from({ length }, () => bytes.value());
    return (i) => values[i];
  }
  const ordinals = new Float64Array(length);
  let last = 0;
  for (let i = 0; i < length; i++) ordinals[i] = last += Number(bytes.value());
  if (mode === modes.integer) return (i) => ordinals[i];
  return (i) => new Date(ordinals[i] ?? 0).toISOString();
}

function modeOf(values: readonly (KeyValue | undefined)[]): Mode {
  const [first] = values;
  if (first === undefined) return modes.none;
  if (!values.every((value) => typeof value === typeof first && ordinalOf(value) !== undefined)) return modes.value;
  return typeof first === "string" ? modes.timestamp : modes.integer;
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
    this.reserve(4);
    this.length = this.bytes.writeUInt32BE(number, this.length);
  }

  text(text: string): void {
    const size = Buffer.byteLength(text);
    this.varint(size);
    this.utf8(text, size);
  }

  value(value: KeyValue): void {
    if (typeof value === "string") {
      const size = Buffer.byteLength(value);
      this.varint(size * 4 + kinds.text);
      this.utf8(value, size);
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

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  private utf8(text: string, size: number): void {
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
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  left(): number {
    return this.bytes.length - this.at;
  }

  part(size: number): Uint8Array {
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
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
