import { z } from "zod";
import { op, type Store } from "../src/ports/store.ts";
import { defineTable } from "../src/tables/define-table.ts";

/*
 * What must not compile. The compiler itself is the test: it fails on a line marked as an error that is none.
 */

const invitations = defineTable("invitations", {
  item: z.object({
    id: z.string(),
    organizationId: z.string(),
    code: z.string(),
    status: z.enum(["pending", "accepted"]),
    uses: z.number(),
    note: z.string().optional(),
    createdAt: z.string(),
    expiresAt: z.string(),
  }),
  key: ["id"],
  unique: { code: ["code"] },
  indexes: {
    byOrganization: { partition: ["organizationId"], sort: ["createdAt"] },
    recent: { partition: [], sort: ["createdAt", "code"], keysOnly: true },
  },
  expires: "expiresAt",
});

const members = defineTable("members", {
  item: z.object({ team: z.string(), number: z.number() }),
  key: ["team", "number"],
});

const passages = defineTable("passages", {
  item: z.object({ id: z.string(), library: z.string(), embedding: z.array(z.number()).optional() }),
  key: ["library", "id"],
  vectors: { embedding: { attribute: "embedding", dimensions: 3, scope: "library" } },
});

const item = {
  id: "i",
  organizationId: "o",
  code: "c",
  status: "pending",
  uses: 0,
  createdAt: "",
  expiresAt: "",
} as const;

/** Declarations that contradict themselves. */
export function wrongDeclarations(): void {
  const shape = z.object({ id: z.string() });
  // @ts-expect-error the key is not an attribute
  defineTable("t", { item: shape, key: ["missing"] });
  // @ts-expect-error a key has one or two attributes
  defineTable("t", { item: shape, key: [] });
  // @ts-expect-error a unique constraint of what is not an attribute
  defineTable("t", { item: shape, key: ["id"], unique: { code: ["code"] } });
  // @ts-expect-error an index of what is not an attribute
  defineTable("t", { item: shape, key: ["id"], indexes: { by: { partition: ["owner"] } } });
  // @ts-expect-error an index over the whole table that sorts by nothing
  defineTable("t", { item: shape, key: ["id"], indexes: { all: { partition: [] } } });
  // @ts-expect-error expiry by what is not an attribute
  defineTable("t", { item: shape, key: ["id"], expires: "until" });
  // @ts-expect-error search in what is not an attribute
  defineTable("t", { item: shape, key: ["id"], search: { text: ["body"], scope: "id" } });
  // @ts-expect-error vectors in what is not an attribute
  defineTable("t", { item: shape, key: ["id"], vectors: { v: { attribute: "body", dimensions: 3, scope: "id" } } });
  // @ts-expect-error vectors within what is not an attribute
  defineTable("t", { item: shape, key: ["id"], vectors: { v: { attribute: "id", dimensions: 3, scope: "box" } } });
}

export async function right(store: Store): Promise<void> {
  const created = await store.create(invitations, item);
  created.version satisfies number;
  created.status satisfies "pending" | "accepted";
  await store.put(invitations, { ...item, note: "n" }, { if: { version: 1, note: { exists: false } } });
  await store.update(invitations, { id: "i" }, { set: { status: "accepted" }, remove: ["note"], add: { uses: 1 } });
  await store.getUnique(invitations, "code", { code: "c" });
  await store.query(invitations, { where: { id: "i" } });
  await store.query(invitations, { index: "byOrganization", where: { organizationId: "o", createdAt: "" } });
  await store.query(invitations, { index: "recent", where: {}, range: { gte: "" } });
  await store.query(invitations, { index: "recent", where: { createdAt: "", code: "c" } });
  await store.query(members, { where: { team: "t" }, range: { gt: 3 } });
  const [near] = await store.nearest(passages, { vector: "embedding", to: [1, 0, 0], scopes: ["l"], limit: 3 });
  near?.distance satisfies number | undefined;
  near?.item.embedding satisfies readonly number[] | undefined;
  await store.transact([
    op.check(invitations, { id: "i" }, { uses: { lt: 3 } }),
    op.delete(members, { team: "t", number: 1 }),
  ]);
}

export async function wrongKeys(store: Store): Promise<void> {
  // @ts-expect-error the key lacks its attribute
  await store.get(invitations, {});
  // @ts-expect-error the key is of another type
  await store.get(invitations, { id: 1 });
  // @ts-expect-error not an attribute of the key
  await store.get(invitations, { code: "c" });
  // @ts-expect-error half of a key
  await store.delete(members, { team: "t" });
  // @ts-expect-error the unique constraint is not declared
  await store.getUnique(invitations, "email", { email: "e" });
  // @ts-expect-error not an attribute of the constraint
  await store.getUnique(invitations, "code", { id: "i" });
}

export async function wrongItems(store: Store): Promise<void> {
  const { code: _, ...incomplete } = item;
  // @ts-expect-error the item lacks an attribute
  await store.create(invitations, incomplete);
  // @ts-expect-error the value is not one of those declared
  await store.put(invitations, { ...item, status: "lost" });
  // @ts-expect-error the attribute is not declared
  op.create(members, { team: "t", number: 1, nickname: "x" });
}

export async function wrongChanges(store: Store): Promise<void> {
  const key = { id: "i" };
  // @ts-expect-error the key never changes
  await store.update(invitations, key, { set: { id: "j" } });
  // @ts-expect-error the attribute is not declared
  await store.update(invitations, key, { set: { missing: 1 } });
  // @ts-expect-error the value is of another type
  await store.update(invitations, key, { set: { uses: "one" } });
  // @ts-expect-error the attribute is not optional
  await store.update(invitations, key, { remove: ["code"] });
  // @ts-expect-error the attribute is not a number
  await store.update(invitations, key, { add: { code: 1 } });
  // @ts-expect-error a condition on what is not an attribute
  await store.update(invitations, key, {}, { if: { missing: 1 } });
  // @ts-expect-error a condition with a value that the attribute never has
  await store.update(invitations, key, {}, { if: { status: "lost" } });
  // @ts-expect-error a comparison of another type
  op.check(invitations, key, { uses: { gt: "3" } });
}

export async function wrongQueries(store: Store): Promise<void> {
  // @ts-expect-error the index is not declared
  await store.query(invitations, { index: "byEmail", where: { organizationId: "o" } });
  // @ts-expect-error the partition of the index is missing
  await store.query(invitations, { index: "byOrganization", where: { createdAt: "" } });
  // @ts-expect-error not an attribute of the index
  await store.query(invitations, { index: "byOrganization", where: { organizationId: "o", code: "c" } });
  // @ts-expect-error not an attribute of the index over the whole table
  await store.query(invitations, { index: "recent", where: { organizationId: "o" } });
  // @ts-expect-error the value is of another type
  await store.query(invitations, { index: "recent", where: { createdAt: 1 } });
  // @ts-expect-error the partition of the table is missing
  await store.query(members, { where: { number: 1 } });
  // @ts-expect-error the table declares no vectors
  await store.nearest(members, { vector: "embedding", to: [1], scopes: ["t"] });
  // @ts-expect-error the vectors are not declared
  await store.nearest(passages, { vector: "picture", to: [1], scopes: ["t"] });
  // @ts-expect-error a search needs scopes
  await store.nearest(passages, { vector: "embedding", to: [1] });
  // @ts-expect-error the attribute is not declared
  void (await store.get(members, { team: "t", number: 1 }))?.nickname;
}
