import { createHash } from "node:crypto";
import type { Principal } from "@aloft/core/context";
import { ConflictError, KeysError } from "@aloft/core/errors";
import { idempotencyKeys } from "@aloft/core/identity/tables";
import { sealContextOf } from "@aloft/core/keys/sealed";
import type { Keys } from "@aloft/core/ports/keys";
import { op, type Operation, type Store } from "@aloft/core/ports/store";
import { sealedAnswer } from "@aloft/core/sealed";
import { dayMs, timestampAfter } from "@aloft/core/values";
import type { Item } from "@aloft/core/tables/define-table";
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
  keep(request: RepeatableRequest, answer: StoredAnswer, showsSecret: boolean): Promise<Operation>;
  /** Keeps the answer of a request that changed nothing in the store; gives back the one that was there first. */
  keepAlone(request: RepeatableRequest, answer: StoredAnswer, showsSecret: boolean): Promise<StoredAnswer>;
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
 * Answers kept for 24 hours, so that a request repeated under its Idempotency-Key has one effect and one answer. A body
 * that shows a secret is sealed, bound to its request; any other is kept as it is, since the store holds in clear what it
 * shows.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function idempotency(store: Store, keys: Keys, now: () => Date): Idempotency {
  const record = async (request: RepeatableRequest, answer: StoredAnswer, showsSecret: boolean) => {
    const { status, etag, location, body } = answer;
    return {
      ...request,
      status,
      ...(etag === undefined ? {} : { etag }),
      ...(location === undefined ? {} : { location }),
      ...(showsSecret ? { sealed: await keys.sealText(body, sealContextOf(sealedAnswer, { ...request })) } : { body }),
      expiresAt: timestampAfter(now(), lifetimeMs),
    };
  };

  const find = async (request: RepeatableRequest) => {
    const found = await store.get(idempotencyKeys, { id: request.id });
    if (found === undefined) return undefined;
    if (found.fingerprint !== request.fingerprint) {
      const message =
        "This Idempotency-Key was used for another method, address or body. Use a new key for this request.";
      throw new HttpError("idempotency_key_reused", message);
    }
    const { status, etag, location } = found;
    return { status, etag, location, body: await bodyOf(keys, found) };
  };

  return {
    find,
    keep: async (request, answer, showsSecret) =>
      op.create(idempotencyKeys, await record(request, answer, showsSecret)),
    async keepAlone(request, answer, showsSecret) {
      try {
        await store.create(idempotencyKeys, await record(request, answer, showsSecret));
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        return (await find(request)) ?? answer;
      }
      return answer;
    },
  };
}

/** @throws {HttpError} `conflict`: it cannot be read; doing the request again would do it twice. */
async function bodyOf(keys: Keys, found: Item<typeof idempotencyKeys>): Promise<string> {
  if (found.body !== undefined) return found.body;
  try {
    if (found.sealed === undefined) throw new KeysError("changed", "The answer was kept by an earlier version.");
    return await keys.openText(found.sealed, sealContextOf(sealedAnswer, found));
  } catch (cause) {
    if (!(cause instanceof KeysError)) throw cause;
    const message = "This request was done before, but its answer can no longer be read.";
    throw new HttpError("conflict", `${message} Look at what is there before you ask again, under a new key.`, {
      cause,
    });
  }
}
