import { monotonicFactory } from "ulid";
import { z } from "zod";

const ulid = monotonicFactory();

/** The kinds of id, by prefix: whoever reads one in a log knows what it names. */
export type IdPrefix = "usr" | "ses" | "org" | "inv" | "agt" | "skl" | "cnv" | "ntf" | "evt" | "key" | "srv" | "att";

/** A new id: the prefix and a ULID, so ids made later in one process sort later. @see https://github.com/ulid/spec */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}

export const id: z.ZodString = z.string().min(1).max(128);
/** What JSON can say. */
export type Json = z.core.util.JSONType;
/** ISO 8601 in UTC with milliseconds: text that sorts as time does. */
export const timestamp: z.ZodISODateTime = z.iso.datetime({ precision: 3 });
export const name: z.ZodString = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}]*$/u, "must not hold control characters");

export function timestampAfter(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}

export const minuteMs = 60_000;
export const dayMs: number = 24 * 60 * minuteMs;

/** 256 random bits as base64url: a secret to hand out once. */
export function newSecret(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** SHA-256 as base64url. Fit for secrets of 256 random bits, which no dictionary can reach; not for passwords. */
export async function hashSecret(secret: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

/** Compares without telling by its time where the first difference is. */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1));
  return difference === 0;
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
