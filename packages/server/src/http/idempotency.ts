import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import type { Principal } from "@aloft/core/context";
import { ConflictError } from "@aloft/core/errors";
import { idempotencyKeys } from "@aloft/core/identity/tables";
import { op, type Operation, type Store } from "@aloft/core/ports/store";
import { dayMs, timestampAfter } from "@aloft/core/values";
import { HttpError } from "./problem.ts";

/** An answer as it went out the first time. */
export interface StoredAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

/** A request that carries an Idempotency-Key. */
export interface RepeatableRequest {
  /** Names who asked and the key they gave. */
  readonly id: string;
  /** Names what was asked. */
  readonly fingerprint: string;
}

export interface Idempotency {
  /** The answer that this request got before. @throws {HttpError} `idempotency_key_reused` */
  find(request: RepeatableRequest): Promise<StoredAnswer | undefined>;
  /** Keeps the answer, as an operation to commit together with what the request changes. */
  keep(request: RepeatableRequest, answer: StoredAnswer): Operation;
  /** Keeps the answer of a request that changed nothing in the store; gives back the one that was there first. */
  keepAlone(request: RepeatableRequest, answer: StoredAnswer): Promise<StoredAnswer>;
}

const lifetimeMs = dayMs;
const keyPattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** @throws {HttpError} `invalid_idempotency_key` */
export function repeatableRequest(
  principal: Principal,
  key: string | readonly string[],
  asked: { readonly method: string; readonly url: string; readonly body: unknown },
): RepeatableRequest {
  if (typeof key !== "string" || !keyPattern.test(key)) {
    const message = "An Idempotency-Key is 1 to 255 visible ASCII characters, given once. A UUID does well.";
    throw new HttpError("invalid_idempotency_key", message);
  }
  const { userId, by } = principal;
  return {
    id: hashOf([userId, by.kind, by.id, key]),
    fingerprint: hashOf([asked.method, asked.url, JSON.stringify(asked.body) ?? ""]),
  };
}

function hashOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/**
 * Answers kept for 24 hours, so that a request repeated under its Idempotency-Key has one effect and one answer.
 * Bodies are sealed under a key derived from `secret`, each bound to its request.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function idempotency(store: Store, now: () => Date, secret: string): Idempotency {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "aloft idempotency answers", 32));

  const record = (request: RepeatableRequest, { status, etag, location, body }: StoredAnswer) => ({
    ...request,
    status,
    ...(etag === undefined ? {} : { etag }),
    ...(location === undefined ? {} : { location }),
    sealedBody: seal(key, bindingOf(request), body),
    expiresAt: timestampAfter(now(), lifetimeMs),
  });

  const find = async (request: RepeatableRequest) => {
    const found = await store.get(idempotencyKeys, { id: request.id });
    if (found === undefined) return undefined;
    if (found.fingerprint !== request.fingerprint) {
      const message =
        "This Idempotency-Key was used for another method, address or body. Use a new key for this request.";
      throw new HttpError("idempotency_key_reused", message);
    }
    const { status, etag, location, sealedBody } = found;
    return { status, etag, location, body: unseal(key, bindingOf(request), sealedBody) };
  };

  return {
    find,
    keep: (request, answer) => op.create(idempotencyKeys, record(request, answer)),
    async keepAlone(request, answer) {
      try {
        await store.create(idempotencyKeys, record(request, answer));
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        return (await find(request)) ?? answer;
      }
      return answer;
    },
  };
}

function bindingOf({ id, fingerprint }: RepeatableRequest): Buffer {
  return Buffer.from(`${id}.${fingerprint}`);
}

const nonceBytes = 12;
const tagBytes = 16;

function seal(key: Buffer, binding: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(binding);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
}

function unseal(key: Buffer, binding: Buffer, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const nonce = bytes.subarray(0, nonceBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
      .setAAD(binding)
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString("utf8");
  } catch (cause) {
    const message = "This request was done before, but AUTH_SECRET has changed since, so its answer cannot be read.";
    throw new HttpError("conflict", `${message} Look at what is there before you ask again, under a new key.`, {
      cause,
    });
  }
}
