import type { AnyTable } from "../tables/define-table.ts";
import { expiryOf, type AnyItem } from "../tables/validate.ts";
import { canonicalItem, canonicalKey } from "./canonical.ts";

/** A cryptographic hash of a text: at least four words of it. */
export type Hash = (text: string) => Uint32Array;

/** Where an item's digest is kept; see {@link Digests}. */
export type Slot = number;

/**
 * What the items of one table are, by 64 bits of their key's hash and 64 of their content's: 18 bytes a slot (26 if
 * they expire), which with growing makes 26 to 75 an item, however large the items are.
 */
export interface Digests {
  readonly table: AnyTable;
  /** How many items are in it. */
  readonly size: number;
  /** All digests added up, which does not depend on their order: 16 hexadecimal digits. */
  readonly sum: () => string;
  /** Where the item with this key is; undefined if it is not in it. */
  readonly find: (item: AnyItem) => Slot | undefined;
  /** Whether the item is in it as it is, and that it was met in this pass. */
  readonly meet: (item: AnyItem) => "same" | "different" | "absent";
  /** Keeps the item's digest, as met in this pass. */
  readonly set: (item: AnyItem) => void;
  readonly remove: (item: AnyItem) => void;
  /** Begins a pass: nothing is met yet. */
  readonly begin: () => void;
  readonly isMet: (slot: Slot) => boolean;
  /** How many have not been met in this pass and had not expired by then. */
  readonly unmet: (now: number) => number;
}

const present = 1;
const removed = 2;
const maxLoad = 0.7;

interface Columns {
  readonly capacity: number;
  /** Four words a slot: two of the key's hash, two of the item's. */
  readonly words: Uint32Array;
  readonly states: Uint8Array;
  readonly passes: Uint8Array;
  /** When it expires, 0 if it does not; undefined if nothing in the table does. */
  readonly expiries: Float64Array | undefined;
}

/** What changes of it all. */
interface Held {
  readonly table: AnyTable;
  readonly hash: Hash;
  columns: Columns;
  /** Slots that are not free. */
  used: number;
  size: number;
  pass: number;
}

export function digestsOf(table: AnyTable, hash: Hash): Digests {
  const held: Held = { table, hash, columns: makeColumns(1024, table), used: 0, size: 0, pass: 1 };
  return {
    table,
    get size() {
      return held.size;
    },
    sum: () => sumOf(held.columns),
    find: (item) => {
      const { slot } = locateItem(held, item);
      return held.columns.states[slot] === present ? slot : undefined;
    },
    meet: (item) => meet(held, item),
    set: (item) => set(held, item),
    remove: (item) => {
      const { slot } = locateItem(held, item);
      if (held.columns.states[slot] !== present) return;
      held.columns.states[slot] = removed;
      held.size--;
    },
    begin: () => {
      held.pass = (held.pass % 255) + 1;
      held.columns.passes.fill(0);
    },
    isMet: (slot) => held.columns.passes[slot] === held.pass,
    unmet: (now) => unmet(held, now),
  };
}

/** The slot of the key, or the free one where it belongs. */
function locate({ capacity, states, words }: Columns, high: number, low: number): Slot {
  let slot = low & (capacity - 1);
  while (states[slot] !== 0 && (words[slot * 4] !== high || words[slot * 4 + 1] !== low)) {
    slot = (slot + 1) & (capacity - 1);
  }
  return slot;
}

function locateItem({ table, hash, columns }: Held, item: AnyItem): { slot: Slot; high: number; low: number } {
  const [high = 0, low = 0] = hash(canonicalKey(table, item));
  return { slot: locate(columns, high, low), high, low };
}

function set(held: Held, item: AnyItem): void {
  if (held.used >= held.columns.capacity * maxLoad) grow(held);
  const { table, hash, columns, pass } = held;
  const { slot, high, low } = locateItem(held, item);
  const [first = 0, second = 0] = hash(canonicalItem(table, item));
  if (columns.states[slot] === 0) held.used++;
  if (columns.states[slot] !== present) held.size++;
  columns.words.set([high, low, first, second], slot * 4);
  columns.states[slot] = present;
  columns.passes[slot] = pass;
  if (columns.expiries !== undefined) columns.expiries[slot] = expiryOf(table, item) ?? 0;
}

function meet(held: Held, item: AnyItem): "same" | "different" | "absent" {
  const { table, hash, columns, pass } = held;
  const { slot } = locateItem(held, item);
  if (columns.states[slot] !== present) return "absent";
  columns.passes[slot] = pass;
  const [first, second] = hash(canonicalItem(table, item));
  return columns.words[slot * 4 + 2] === first && columns.words[slot * 4 + 3] === second ? "same" : "different";
}

function unmet({ columns, pass }: Held, now: number): number {
  let count = 0;
  for (let slot = 0; slot < columns.capacity; slot++) {
    if (columns.states[slot] !== present || columns.passes[slot] === pass) continue;
    const expires = columns.expiries?.[slot] ?? 0;
    if (expires === 0 || expires > now) count++;
  }
  return count;
}

function grow(held: Held): void {
  const old = held.columns;
  const columns = makeColumns(old.capacity * 2, held.table);
  held.columns = columns;
  held.used = held.size;
  for (let from = 0; from < old.capacity; from++) {
    if (old.states[from] !== present) continue;
    const to = locate(columns, old.words[from * 4] ?? 0, old.words[from * 4 + 1] ?? 0);
    columns.words.set(old.words.subarray(from * 4, from * 4 + 4), to * 4);
    columns.states[to] = present;
    columns.passes[to] = old.passes[from] ?? 0;
    if (columns.expiries !== undefined) columns.expiries[to] = old.expiries?.[from] ?? 0;
  }
}

function makeColumns(capacity: number, { expires }: AnyTable): Columns {
  return {
    capacity,
    words: new Uint32Array(capacity * 4),
    states: new Uint8Array(capacity),
    passes: new Uint8Array(capacity),
    expiries: expires === undefined ? undefined : new Float64Array(capacity),
  };
}

function sumOf({ capacity, words, states }: Columns): string {
  let sum = 0n;
  for (let slot = 0; slot < capacity; slot++) {
    if (states[slot] !== present) continue;
    sum += (BigInt(words[slot * 4 + 2] ?? 0) << 32n) + BigInt(words[slot * 4 + 3] ?? 0);
  }
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}
