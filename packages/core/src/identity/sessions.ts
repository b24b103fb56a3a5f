import type { Context } from "../context.ts";
import { ConflictError, NotFoundError, UnauthenticatedError } from "../errors.ts";
import { op, type Operation, type Store } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { dayMs, hashSecret, minuteMs, newId, newSecret, timestampAfter } from "../values.ts";
import { sessions, signInLinks, users } from "./tables.ts";

export type Session = Stored<typeof sessions>;

/** How long a session lives without being used. */
export const sessionLifetimeMs: number = 14 * dayMs;
const linkLifetimeMs = 15 * minuteMs;
const touchAfterMs = minuteMs;

/** A session as an operation to commit, and the secret that goes into the cookie and nowhere else. */
export async function newSession(
  now: Date,
  userId: string,
  userAgent: string | undefined,
): Promise<{ operation: Operation; secret: string; session: Item<typeof sessions> }> {
  const secret = newSecret();
  const session: Item<typeof sessions> = {
    secretHash: await hashSecret(secret),
    id: newId("ses"),
    userId,
    createdAt: now.toISOString(),
    lastUsedAt: now.toISOString(),
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 300).toWellFormed().replaceAll("\0", "") }),
    expiresAt: timestampAfter(now, sessionLifetimeMs),
  };
  return { operation: op.create(sessions, session), secret, session };
}

/** The live session of a cookie's secret, its life prolonged at most once a minute. */
export async function useSession(store: Store, now: Date, secret: string): Promise<Session | undefined> {
  const secretHash = await hashSecret(secret);
  const session = await store.get(sessions, { secretHash });
  if (session === undefined || now.getTime() - Date.parse(session.lastUsedAt) < touchAfterMs) return session;
  const set = { lastUsedAt: now.toISOString(), expiresAt: timestampAfter(now, sessionLifetimeMs) };
  try {
    return await store.update(sessions, { secretHash }, { set });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

export async function listSessions(context: Context): Promise<readonly Session[]> {
  const { userId } = context.principal;
  const { items } = await context.store.query(sessions, {
    index: "byUser",
    where: { userId },
    order: "desc",
    limit: 100,
  });
  return items;
}

export async function endSession(context: Context, id: string): Promise<void> {
  const session = await context.store.getUnique(sessions, "id", { id });
  if (session?.userId !== context.principal.userId) throw new NotFoundError(`There is no session ${id}.`);
  await context.store.delete(sessions, { secretHash: session.secretHash });
}

/** A secret that signs its user in once, within 15 minutes. */
export async function createSignInLink(
  store: Store,
  now: Date,
  userId: string,
): Promise<{ secret: string; expiresAt: string }> {
  const secret = newSecret();
  const expiresAt = timestampAfter(now, linkLifetimeMs);
  await store.create(signInLinks, {
    secretHash: await hashSecret(secret),
    userId,
    createdAt: now.toISOString(),
    expiresAt,
  });
  return { secret, expiresAt };
}

/**
 * Spends a sign-in link: in one transaction the link is gone and the session is there.
 * @throws {UnauthenticatedError} the link is unknown, expired or spent.
 */
export async function redeemSignInLink(
  store: Store,
  now: Date,
  linkSecret: string,
  userAgent: string | undefined,
): Promise<{ secret: string; userId: string }> {
  const spent = "This sign-in link was already used or has expired. Ask for a new one.";
  const secretHash = await hashSecret(linkSecret);
  const link = await store.get(signInLinks, { secretHash });
  if (link === undefined || (await store.get(users, { id: link.userId })) === undefined) {
    throw new UnauthenticatedError(spent);
  }
  const { operation, secret } = await newSession(now, link.userId, userAgent);
  try {
    await store.transact([op.delete(signInLinks, { secretHash }, { if: { version: link.version } }), operation]);
  } catch (error) {
    if (error instanceof ConflictError) throw new UnauthenticatedError(spent, { cause: error });
    throw error;
  }
  return { secret, userId: link.userId };
}
