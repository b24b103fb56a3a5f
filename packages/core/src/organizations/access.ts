import type { Context } from "../context.ts";
import { ForbiddenError, NotFoundError } from "../errors.ts";
import { op, type Operation } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { memberships, type Role, roles } from "./tables.ts";

export type Membership = Stored<typeof memberships>;

/** Whether `role` may do what `needed` may. */
export function roleReaches(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed);
}

/**
 * The caller's membership of an organization.
 * @throws {NotFoundError} the caller is no member: whether the organization exists is not told.
 * @throws {ForbiddenError} the caller is a member, of a lesser role than needed.
 */
export async function requireMembership(
  context: Context,
  organizationId: string,
  needed: Role = "member",
): Promise<Membership> {
  const membership = await context.store.get(memberships, { organizationId, userId: context.principal.userId });
  if (membership === undefined) throw new NotFoundError(`There is no organization ${organizationId}.`);
  if (!roleReaches(membership.role, needed)) {
    throw new ForbiddenError(`This needs the role ${needed} in the organization; yours is ${membership.role}.`);
  }
  return membership;
}

/** Holds only if the membership is still there, in the role that was read: the deed and the right to it are one. */
export function stillMember({ organizationId, userId, role }: Membership): Operation {
  return op.check(memberships, { organizationId, userId }, { role });
}

/** Whether the caller is a member; for things whose very existence is not to be told. */
export async function isMember({ store, principal }: Context, organizationId: string): Promise<boolean> {
  return (await store.get(memberships, { organizationId, userId: principal.userId })) !== undefined;
}
