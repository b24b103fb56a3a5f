import type { Context, Principal } from "../context.ts";
import { ConflictError, UnauthenticatedError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { hashSecret, newSecret, timestampAfter } from "../values.ts";
import { isStillValid } from "./principals.ts";
import { socketTickets } from "./tables.ts";

const lifetimeMs = 30_000;

/** A ticket opens one WebSocket within 30 seconds: browsers cannot send headers when they open one. */
export async function createSocketTicket(context: Context): Promise<{ ticket: string; expiresAt: string }> {
  const ticket = newSecret();
  const expiresAt = timestampAfter(context.now(), lifetimeMs);
  const { userId, by, scopes } = context.principal;
  await context.store.create(socketTickets, {
    secretHash: await hashSecret(ticket),
    userId,
    by,
    scopes: scopes === "all" ? scopes : [...scopes],
    expiresAt,
  });
  return { ticket, expiresAt };
}

/** @throws {UnauthenticatedError} the ticket is unknown, expired or spent, or what it was got by holds no more. */
export async function redeemSocketTicket(store: Store, now: Date, ticket: string): Promise<Principal> {
  const spent = "This ticket was already used or has expired. Ask for a new one at POST /api/v1/socket-tickets.";
  const secretHash = await hashSecret(ticket);
  const found = await store.get(socketTickets, { secretHash });
  if (found === undefined) throw new UnauthenticatedError(spent);
  try {
    await store.delete(socketTickets, { secretHash }, { if: { version: found.version } });
  } catch (error) {
    if (error instanceof ConflictError) throw new UnauthenticatedError(spent, { cause: error });
    throw error;
  }
  const principal = { userId: found.userId, by: found.by, scopes: found.scopes };
  if (await isStillValid(store, now, principal)) return principal;
  throw new UnauthenticatedError("The session or key that this ticket was got by has ended since.");
}
