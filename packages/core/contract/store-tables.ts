import { z } from "zod";
import { defineTable, type AnyTable } from "../src/tables/define-table.ts";

const text = z.string();

/** Two strings as a key, and attributes of every kind. */
export const things = defineTable("contract_things", {
  item: z.object({
    group: text,
    name: text,
    note: text.optional(),
    count: z.number().optional(),
    level: z.number().int().max(1000).optional(),
    flag: z.boolean().optional(),
    nothing: text.nullable().optional(),
    value: z.unknown().optional(),
  }),
  key: ["group", "name"],
});

/** A number as the sort key. */
export const readings = defineTable("contract_readings", {
  item: z.object({ series: text, at: z.number(), note: text.optional() }),
  key: ["series", "at"],
});

/** Unique values and indexes, some of them of attributes that may be absent. */
export const people = defineTable("contract_people", {
  item: z.object({
    id: text,
    team: text,
    nick: text,
    rank: z.number(),
    email: text.optional(),
    badge: text.optional(),
    visits: z.number().optional(),
  }),
  key: ["id"],
  unique: { email: ["email"], nick: ["team", "nick"] },
  indexes: {
    byTeam: { partition: ["team"], sort: ["rank", "nick"] },
    byRank: { partition: ["team"], sort: ["rank"] },
    byBadge: { partition: ["badge"] },
  },
});

/** Items that expire, with everything an expired item may still stand in. */
export const passes = defineTable("contract_passes", {
  item: z.object({
    gate: text,
    number: z.number().int(),
    holder: text,
    code: text,
    note: text,
    expiresAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  key: ["gate", "number"],
  unique: { code: ["code"], serial: ["holder", "number"] },
  indexes: { byHolder: { partition: ["holder"], sort: ["number"] } },
  expires: "expiresAt",
  search: { text: ["note"], scope: "holder" },
});

/** Text within the partition it is searched by, as messages in conversations. */
export const notes = defineTable("contract_notes", {
  item: z.object({ book: text, page: z.number().int(), title: text.optional(), body: text }),
  key: ["book", "page"],
  search: { text: ["title", "body"], scope: "book" },
});

/** Text fenced in by an attribute that is not of the key. */
export const papers = defineTable("contract_papers", {
  item: z.object({ id: text, shelf: text, body: text }),
  key: ["id"],
  search: { text: ["body"], scope: "shelf" },
});

/** Text that is found by when it was written, whatever its key. */
export const letters = defineTable("contract_letters", {
  item: z.object({ box: text, number: z.number().int(), writtenAt: text, body: text }),
  key: ["box", "number"],
  search: { text: ["body"], scope: "box", newest: "writtenAt" },
});

/** Indexes over the whole table, one of them of keys alone, one of attributes that may be absent. */
export const entries = defineTable("contract_entries", {
  item: z.object({
    box: text,
    number: z.number().int(),
    writtenAt: text,
    rank: z.number().optional(),
    body: text.optional(),
    expiresAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  key: ["box", "number"],
  indexes: {
    recent: { partition: [], sort: ["writtenAt"], keysOnly: true },
    ranked: { partition: [], sort: ["rank", "writtenAt"] },
  },
  expires: "expiresAt",
  search: { text: ["body"], scope: "box", newest: "writtenAt", recent: "recent" },
});

/** Vectors within the partition of the key, and others within an index. */
export const passages = defineTable("contract_passages", {
  item: z.object({
    document: text,
    number: z.number().int(),
    library: text.optional(),
    embedding: z.array(z.number()).optional(),
    picture: z.array(z.number()).readonly().optional(),
    note: text.optional(),
    expiresAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  key: ["document", "number"],
  indexes: { byLibrary: { partition: ["library"] } },
  expires: "expiresAt",
  vectors: {
    embedding: { attribute: "embedding", dimensions: 3, scope: "library", index: "byLibrary" },
    picture: { attribute: "picture", dimensions: 2, scope: "document" },
  },
});

/** A table nothing else writes to. */
export const relics = defineTable("contract_relics", {
  item: z.object({ id: text, value: z.number() }),
  key: ["id"],
});

/** A table that is declared, but that no store is opened with. */
export const strangers = defineTable("contract_strangers", { item: z.object({ id: text }), key: ["id"] });

export const contractTables: readonly AnyTable[] = [
  things,
  readings,
  people,
  passes,
  notes,
  papers,
  letters,
  entries,
  passages,
  relics,
];
