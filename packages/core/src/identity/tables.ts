import { z } from "zod";
import { scopes } from "../context.ts";
import { defineTable } from "../tables/define-table.ts";
import { id, name, timestamp } from "../values.ts";

export const users = defineTable("users", {
  item: z.object({
    id,
    name,
    email: z.email().max(254).optional(),
    /** Where things go when a request names no organization. */
    defaultOrganizationId: id,
    createdAt: timestamp,
  }),
  key: ["id"],
  unique: { email: ["email"] },
});

export const sessions = defineTable("sessions", {
  item: z.object({
    /** SHA-256 of the cookie's secret: the table cannot be used to sign in. */
    secretHash: z.string(),
    id,
    userId: id,
    createdAt: timestamp,
    lastUsedAt: timestamp,
    userAgent: z.string().max(300).optional(),
    expiresAt: timestamp,
  }),
  key: ["secretHash"],
  unique: { id: ["id"] },
  indexes: { byUser: { partition: ["userId"], sort: ["createdAt"] } },
  expires: "expiresAt",
});

export const signInLinks = defineTable("sign_in_links", {
  item: z.object({ secretHash: z.string(), userId: id, createdAt: timestamp, expiresAt: timestamp }),
  key: ["secretHash"],
  expires: "expiresAt",
});

export const socketTickets = defineTable("socket_tickets", {
  item: z.object({
    secretHash: z.string(),
    userId: id,
    /** The session or key that asked for it: the socket may do no more than it. */
    by: z.object({ kind: z.enum(["session", "key"]), id }),
    scopes: z.union([z.literal("all"), z.array(z.enum(scopes))]),
    expiresAt: timestamp,
  }),
  key: ["secretHash"],
  expires: "expiresAt",
});

export const apiKeys = defineTable("api_keys", {
  item: z.object({
    id,
    userId: id,
    name,
    secretHash: z.string(),
    scopes: z.array(z.enum(scopes)).min(1),
    createdAt: timestamp,
    lastUsedAt: timestamp.optional(),
    /** Not the table's expiry: an expired key stays listed, and says that it is expired. */
    expiresAt: timestamp.optional(),
  }),
  key: ["id"],
  indexes: { byUser: { partition: ["userId"], sort: ["createdAt"] } },
});

export const settings = defineTable("settings", {
  item: z.object({
    userId: id,
    name: z.string().regex(/^[a-z][a-zA-Z0-9.]{0,63}$/),
    value: z.json(),
    updatedAt: timestamp,
  }),
  key: ["userId", "name"],
});

/** Answers to requests that carried an Idempotency-Key, kept so that a repeat gets the same one. */
export const idempotencyKeys = defineTable("idempotency_keys", {
  item: z.object({
    /** Hash of who asked and of the key given. */
    id: z.string(),
    /** Hash of method, path and body. */
    fingerprint: z.string(),
    status: z.number().int(),
    etag: z.string().optional(),
    location: z.string().optional(),
    /** The body, if it shows no secret. */
    body: z.string().optional(),
    /** The body, sealed, if it shows a secret once. */
    sealed: z.string().optional(),
    expiresAt: timestamp,
  }),
  key: ["id"],
  expires: "expiresAt",
});
