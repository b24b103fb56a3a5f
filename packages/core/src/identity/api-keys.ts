import { type Context, requireScope, type Principal, type Scope } from "../context.ts";
import { NotFoundError, UnauthenticatedError } from "../errors.ts";
import { op, type Page, type PageOptions, type Store } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { dayMs, equalInConstantTime, hashSecret, minuteMs, newId, newSecret, timestampAfter } from "../values.ts";
import { apiKeys } from "./tables.ts";

export type ApiKey = Stored<typeof apiKeys>;

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number | undefined;
}

const pattern = /^aloft_(key_[0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/;

/**
 * A new key of the caller's. `key` is the only place its secret ever is: the store holds a hash.
 * @throws {ForbiddenError} a key may not make one that may more than itself.
 */
export async function createApiKey(context: Context, input: NewApiKey): Promise<ApiKey & { readonly key: string }> {
  for (const scope of input.scopes) requireScope(context.principal, scope);
  const now = context.now();
  const secret = newSecret();
  const item = {
    id: newId("key"),
    userId: context.principal.userId,
    name: input.name,
    secretHash: await hashSecret(secret),
    scopes: [...new Set(input.scopes)],
    createdAt: now.toISOString(),
    ...(input.expiresInDays === undefined ? {} : { expiresAt: timestampAfter(now, input.expiresInDays * dayMs) }),
  };
  return context.commit([op.create(apiKeys, item)], { ...item, version: 1, key: `aloft_${item.id}_${secret}` });
}

/** The caller's keys, newest first, expired ones too. */
export async function listApiKeys(context: Context, page: PageOptions): Promise<Page<ApiKey>> {
  const { userId } = context.principal;
  return context.store.query(apiKeys, { index: "byUser", where: { userId }, order: "desc", ...page });
}

export async function deleteApiKey(context: Context, id: string): Promise<void> {
  const key = await context.store.get(apiKeys, { id });
  if (key?.userId !== context.principal.userId) throw new NotFoundError(`There is no key ${id}.`);
  await context.store.delete(apiKeys, { id });
}

/** The key was right once, and its time is over. */
export class KeyExpiredError extends UnauthenticatedError {}

/**
 * Who a key speaks for. Notes its use at most once a minute.
 * @throws {KeyExpiredError} the key is right, but expired.
 * @throws {UnauthenticatedError} unknown, wrong or revoked.
 */
export async function authenticateApiKey(store: Store, now: Date, presented: string): Promise<Principal> {
  const refused =
    "This API key is not known here: it may be mistyped or revoked. Create one with `npx aloft key create`.";
  const [, id, secret] = pattern.exec(presented) ?? [];
  if (id === undefined || secret === undefined) throw new UnauthenticatedError(refused);
  const [key, hash] = await Promise.all([store.get(apiKeys, { id }), hashSecret(secret)]);
  if (key === undefined || !equalInConstantTime(key.secretHash, hash)) throw new UnauthenticatedError(refused);
  if (key.expiresAt !== undefined && key.expiresAt <= now.toISOString()) {
    throw new KeyExpiredError(`This API key expired at ${key.expiresAt}. Create a new one.`);
  }
  if (key.lastUsedAt === undefined || now.getTime() - Date.parse(key.lastUsedAt) >= minuteMs) {
    await store.update(apiKeys, { id }, { set: { lastUsedAt: now.toISOString() } }).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw new UnauthenticatedError(refused, { cause: error });
    });
  }
  return { userId: key.userId, by: { kind: "key", id }, scopes: key.scopes };
}
