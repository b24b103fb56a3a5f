import type { Context } from "../context.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../errors.ts";
import { newSession } from "../identity/sessions.ts";
import { users } from "../identity/tables.ts";
import { getUser, newUserOperations } from "../identity/users.ts";
import { audit } from "../notices/audit.ts";
import { notify } from "../notices/notifications.ts";
import { op, type Operation, type Page, type PageOptions, type Store } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { dayMs, newId, newSecret, timestampAfter } from "../values.ts";
import { requireMembership, roleReaches, stillMember } from "./access.ts";
import { invitations, memberships, organizations } from "./tables.ts";

export type Invitation = Stored<typeof invitations>;

const lifetimeMs = 7 * dayMs;

/** Admins invite members and admins. The code is the invitation: whoever has it may accept, once. */
export async function createInvitation(
  context: Context,
  organizationId: string,
  input: { email?: string | undefined; role: "admin" | "member" },
): Promise<Invitation> {
  const mine = await requireMembership(context, organizationId, "admin");
  if (!roleReaches(mine.role, input.role)) throw new ForbiddenError("You cannot invite somebody above yourself.");
  const now = context.now();
  const invitation: Item<typeof invitations> = {
    id: newId("inv"),
    organizationId,
    ...(input.email === undefined ? {} : { email: input.email.toLowerCase() }),
    code: newSecret(),
    role: input.role,
    status: "pending",
    invitedBy: context.principal.userId,
    createdAt: now.toISOString(),
    expiresAt: timestampAfter(now, lifetimeMs),
  };
  const operations = [
    op.create(invitations, invitation),
    stillMember(mine),
    audit(context, organizationId, "invitation.create", invitation.id),
  ];
  return context.commit(operations, { ...invitation, version: 1 });
}

/** Newest first. Admins only: they see the codes. */
export async function listInvitations(
  context: Context,
  organizationId: string,
  page: PageOptions,
): Promise<Page<Invitation>> {
  await requireMembership(context, organizationId, "admin");
  return context.store.query(invitations, {
    index: "byOrganization",
    where: { organizationId },
    order: "desc",
    ...page,
  });
}

export async function revokeInvitation(context: Context, organizationId: string, id: string): Promise<void> {
  await requireMembership(context, organizationId, "admin");
  const found = await context.store.get(invitations, { id });
  if (found?.organizationId !== organizationId) throw new NotFoundError(`There is no invitation ${id}.`);
  if (found.status === "revoked") return;
  await context.store.transact([
    op.update(invitations, { id }, { set: { status: "revoked" } }, { if: { status: "pending" } }),
    audit(context, organizationId, "invitation.revoke", id),
  ]);
}

const invalid = "This invitation was already used, was revoked or has expired. Ask for a new one.";
const mayInvite = { role: { in: ["owner", "admin"] } } as const;

/** Invitations hold as long as who sent them may invite: else whoever is removed comes back by one of their own. */
async function pendingInvitation(store: Store, code: string): Promise<Invitation> {
  const invitation = await store.getUnique(invitations, "code", { code });
  if (invitation?.status !== "pending") throw new NotFoundError(invalid);
  const { organizationId, invitedBy } = invitation;
  const inviter = await store.get(memberships, { organizationId, userId: invitedBy });
  if (inviter === undefined || !roleReaches(inviter.role, "admin")) throw new NotFoundError(invalid);
  return invitation;
}

/** What somebody who holds the code may know before accepting. */
export async function readInvitation(
  store: Store,
  code: string,
): Promise<Pick<Invitation, "role" | "expiresAt"> & { organizationName: string; invitedBy: string }> {
  const { organizationId, role, expiresAt, invitedBy } = await pendingInvitation(store, code);
  const organization = await store.get(organizations, { id: organizationId });
  const inviter = await store.get(users, { id: invitedBy });
  return { organizationName: organization?.name ?? "", invitedBy: inviter?.name ?? "", role, expiresAt };
}

/** Spends the invitation and makes the membership: both or neither. */
function acceptance(now: Date, invitation: Invitation, user: { id: string; name: string }): Operation[] {
  const { id, organizationId, role, invitedBy, version } = invitation;
  return [
    op.update(invitations, { id }, { set: { status: "accepted", acceptedBy: user.id } }, { if: { version } }),
    op.check(organizations, { id: organizationId }, {}),
    ...(invitedBy === user.id ? [] : [op.check(memberships, { organizationId, userId: invitedBy }, mayInvite)]),
    op.create(memberships, { organizationId, userId: user.id, role, createdAt: now.toISOString() }),
    notify(now, invitedBy, { kind: "invitation.accepted", title: `${user.name} accepted your invitation` }),
  ];
}

export type Acceptance = Item<typeof memberships> & { readonly version: number };

function result(now: Date, { organizationId, role }: Invitation, userId: string): Acceptance {
  return { organizationId, userId, role, createdAt: now.toISOString(), version: 1 };
}

/** @throws {ConflictError} `exists`: the caller is a member already; the invitation stays unspent. */
export async function acceptInvitation(context: Context, code: string): Promise<Acceptance> {
  const invitation = await pendingInvitation(context.store, code);
  const user = await getUser(context.store, context.principal.userId);
  const now = context.now();
  const operations = [
    ...acceptance(now, invitation, user),
    audit(context, invitation.organizationId, "invitation.accept", invitation.id),
  ];
  try {
    return await context.commit(operations, result(now, invitation, user.id));
  } catch (error) {
    throw explain(error);
  }
}

/** Makes a new user who joins by the invitation, and signs them in. */
export async function acceptInvitationAsNewUser(
  store: Store,
  now: Date,
  code: string,
  input: { name: string; userAgent: string | undefined },
): Promise<{ membership: Acceptance; sessionSecret: string }> {
  const invitation = await pendingInvitation(store, code);
  const { user, operations } = newUserOperations(now, { name: input.name, email: invitation.email });
  const session = await newSession(now, user.id, input.userAgent);
  try {
    await store.transact([...operations, ...acceptance(now, invitation, user), session.operation]);
  } catch (error) {
    throw explain(error);
  }
  return { membership: result(now, invitation, user.id), sessionSecret: session.secret };
}

function explain(error: unknown): unknown {
  if (!(error instanceof ConflictError)) return error;
  const { reason, table, unique } = error;
  const say = (message: string) => new ConflictError(message, { reason: "state", table }, { cause: error });
  if (table === memberships.name && reason === "exists") return say("You are a member of this organization already.");
  if (unique === "email") return say("There is an account with this e-mail address: sign in to it, then accept.");
  if (table === users.name) return error;
  return new NotFoundError("This invitation was used or revoked a moment ago. Ask for a new one.", { cause: error });
}
