import type { Context } from "../context.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../errors.ts";
import { getUser } from "../identity/users.ts";
import { users } from "../identity/tables.ts";
import { participants } from "../conversations/tables.ts";
import { audit } from "../notices/audit.ts";
import { notify } from "../notices/notifications.ts";
import { getEach } from "../get-each.ts";
import { op, type Operation, type Page, type PageOptions } from "../ports/store.ts";
import { requireMembership, roleReaches, stillMember, type Membership } from "./access.ts";
import { memberships, organizations, type Role } from "./tables.ts";

export type Member = Membership & { readonly name: string; readonly email?: string | undefined };

export async function listMembers(context: Context, organizationId: string, page: PageOptions): Promise<Page<Member>> {
  await requireMembership(context, organizationId);
  const found = await context.store.query(memberships, { where: { organizationId }, ...page });
  const people = await getEach(
    context.store,
    users,
    found.items.map(({ userId }) => ({ id: userId })),
  );
  return {
    ...found,
    items: found.items.map((membership, i) => {
      const email = people[i]?.email;
      return { ...membership, name: people[i]?.name ?? "Former user", ...(email === undefined ? {} : { email }) };
    }),
  };
}

async function getMembership(context: Context, organizationId: string, userId: string): Promise<Membership> {
  const membership = await context.store.get(memberships, { organizationId, userId });
  if (membership === undefined) throw new NotFoundError(`There is no member ${userId}.`);
  return membership;
}

/**
 * An owner who stays when `leaving` goes, or undefined if `leaving` is none.
 * @throws {ConflictError} `state`: there is no other owner.
 */
async function otherOwner(context: Context, leaving: Membership): Promise<Membership | undefined> {
  if (leaving.role !== "owner") return undefined;
  let cursor: string | undefined;
  do {
    const page = await context.store.query(memberships, {
      where: { organizationId: leaving.organizationId },
      limit: 100,
      cursor,
    });
    const other = page.items.find(({ role, userId }) => role === "owner" && userId !== leaving.userId);
    if (other !== undefined) return other;
    cursor = page.next;
  } while (cursor !== undefined);
  throw new ConflictError("An organization needs an owner: make somebody else owner first.", {
    reason: "state",
    table: memberships.name,
  });
}

/**
 * What must still hold when `theirs` changes, besides the version of `theirs`: the caller's role, and that another owner
 * stays. Two owners who demote each other at once both look at the other; one of them finds it changed.
 */
function unchanged(mine: Membership, theirs: Membership, stays: Membership | undefined): Operation[] {
  const others = [mine, ...(stays === undefined ? [] : [stays])].filter(({ userId }) => userId !== theirs.userId);
  return [...new Map(others.map((one) => [one.userId, stillMember(one)])).values()];
}

async function commitChange(context: Context, operations: readonly Operation[]): Promise<void> {
  try {
    await context.store.transact(operations);
  } catch (error) {
    if (!(error instanceof ConflictError) || error.table !== memberships.name || error.operation === 0) throw error;
    const message = "Other roles in this organization were changed at the same moment. Look at them, and try again.";
    throw new ConflictError(message, { reason: "state", table: memberships.name }, { cause: error });
  }
}

/** Owners change any role; admins change those of admins and members, and make no owners. */
export async function changeRole(
  context: Context,
  organizationId: string,
  userId: string,
  role: Role,
  ifVersion?: number,
): Promise<Member> {
  const mine = await requireMembership(context, organizationId, "admin");
  const theirs = await getMembership(context, organizationId, userId);
  if (!roleReaches(mine.role, theirs.role) || !roleReaches(mine.role, role)) {
    throw new ForbiddenError("Only an owner may make or unmake an owner.");
  }
  const stays = role === "owner" ? undefined : await otherOwner(context, theirs);
  const { name, email } = await getUser(context.store, userId);
  const organization = await context.store.get(organizations, { id: organizationId });
  const notice = {
    kind: "member.role_changed",
    title: `You are now ${role} of ${organization?.name ?? "an organization"}`,
  } as const;
  const version = ifVersion ?? theirs.version;
  await commitChange(context, [
    op.update(memberships, { organizationId, userId }, { set: { role } }, { if: { version } }),
    ...unchanged(mine, theirs, stays),
    audit(context, organizationId, "member.role", `${userId} ${role}`),
    ...(userId === context.principal.userId ? [] : [notify(context.now(), userId, notice)]),
  ]);
  return { ...theirs, role, version: version + 1, name, ...(email === undefined ? {} : { email }) };
}

/**
 * Anybody may leave; admins remove others, owners remove admins and owners too.
 * @returns the conversations that the user no longer takes part in.
 */
export async function removeMember(
  context: Context,
  organizationId: string,
  userId: string,
): Promise<readonly string[]> {
  const leaves = userId === context.principal.userId;
  const mine = await requireMembership(context, organizationId, leaves ? "member" : "admin");
  const theirs = await getMembership(context, organizationId, userId);
  if (!roleReaches(mine.role, theirs.role)) throw new ForbiddenError("Only an owner may remove an owner.");
  const stays = await otherOwner(context, theirs);
  const user = await getUser(context.store, userId);
  if (user.defaultOrganizationId === organizationId) {
    throw new ConflictError("This is that user's own organization.", { reason: "state", table: memberships.name });
  }
  const organization = await context.store.get(organizations, { id: organizationId });
  const title = `You are no longer a member of ${organization?.name ?? "an organization"}`;
  await commitChange(context, [
    op.delete(memberships, { organizationId, userId }, { if: { version: theirs.version } }),
    ...unchanged(mine, theirs, stays),
    audit(context, organizationId, leaves ? "member.leave" : "member.remove", userId),
    ...(leaves ? [] : [notify(context.now(), userId, { kind: "member.removed", title })]),
  ]);
  return leaveConversations(context, organizationId, userId);
}

async function leaveConversations(context: Context, organizationId: string, userId: string): Promise<string[]> {
  const left: string[] = [];
  const read = () =>
    context.store.query(participants, {
      index: "byParticipant",
      where: { participantId: userId, organizationId },
      limit: 100,
    });
  for (let page = await read(); page.items.length > 0; page = await read()) {
    await Promise.all(
      page.items.map(({ conversationId, participantId }) =>
        context.store.delete(participants, { conversationId, participantId }),
      ),
    );
    left.push(...page.items.map(({ conversationId }) => conversationId));
  }
  return left;
}
