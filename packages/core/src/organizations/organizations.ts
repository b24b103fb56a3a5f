import type { Context } from "../context.ts";
import { agents, skills } from "../agents/tables.ts";
import { deleteConversationItems, type EndConversation } from "../conversations/delete.ts";
import { conversations } from "../conversations/tables.ts";
import { changedSince, ConflictError, NotFoundError } from "../errors.ts";
import { getEach } from "../get-each.ts";
import { users } from "../identity/tables.ts";
import { audit } from "../notices/audit.ts";
import { auditEvents } from "../notices/tables.ts";
import { op, type Operation, type Page, type PageOptions, type Store } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { requireMembership, stillMember } from "./access.ts";
import { invitations, memberships, organizations, type Role } from "./tables.ts";

/** An organization as one of its members sees it. */
export type Organization = Stored<typeof organizations> & { readonly role: Role };

export async function createOrganization(context: Context, input: { name: string }): Promise<Organization> {
  const { userId } = context.principal;
  const createdAt = context.now().toISOString();
  const organization = { id: newId("org"), name: input.name, createdBy: userId, createdAt };
  const operations = [
    op.create(organizations, organization),
    op.create(memberships, { organizationId: organization.id, userId, role: "owner", createdAt }),
    audit(context, organization.id, "organization.create", organization.id),
  ];
  return context.commit(operations, { ...organization, role: "owner", version: 1 });
}

/** Those the caller is a member of, by id. */
export async function listOrganizations(context: Context, page: PageOptions): Promise<Page<Organization>> {
  const where = { userId: context.principal.userId };
  const found = await context.store.query(memberships, { index: "byUser", where, ...page });
  const items = await getEach(
    context.store,
    organizations,
    found.items.map(({ organizationId }) => ({ id: organizationId })),
  );
  return {
    ...found,
    items: items.flatMap((organization, i) => {
      const role = found.items[i]?.role;
      return organization === undefined || role === undefined ? [] : [{ ...organization, role }];
    }),
  };
}

export async function getOrganization(context: Context, id: string): Promise<Organization> {
  const { role } = await requireMembership(context, id);
  const organization = await context.store.get(organizations, { id });
  if (organization === undefined) throw new NotFoundError(`There is no organization ${id}.`);
  return { ...organization, role };
}

export async function updateOrganization(
  context: Context,
  id: string,
  change: { name?: string | undefined },
  ifVersion?: number,
): Promise<Organization> {
  const before = await getOrganization(context, id);
  await requireMembership(context, id, "admin");
  if (change.name === undefined) return before;
  const after = { ...before, name: change.name, version: before.version + 1 };
  await context.store.transact([
    op.update(organizations, { id }, { set: { name: change.name } }, { if: { version: ifVersion ?? before.version } }),
    audit(context, id, "organization.update", id),
  ]);
  return after;
}

/** The organization named, or the caller's own. @throws {NotFoundError} the caller is no member of it. */
export async function resolveOrganization(context: Context, named: string | undefined): Promise<string> {
  return (await placeIn(context, named)).organizationId;
}

/** Where a new thing goes, and the operation that makes sure its maker is still a member when it is stored. */
export async function placeIn(
  context: Context,
  named: string | undefined,
): Promise<{ readonly organizationId: string; readonly stillThere: Operation }> {
  const organizationId = named ?? (await ownOrganization(context));
  return { organizationId, stillThere: stillMember(await requireMembership(context, organizationId)) };
}

async function ownOrganization({ store, principal }: Context): Promise<string> {
  const user = await store.get(users, { id: principal.userId });
  if (user === undefined) throw new NotFoundError("Your account is gone.");
  return user.defaultOrganizationId;
}

/**
 * Deletes an organization and all it holds. What is cut off in the middle can be called again.
 * @throws {ConflictError} others are still members, or it is somebody's default organization.
 */
export async function deleteOrganization(
  context: Context,
  id: string,
  end: EndConversation,
  ifVersion?: number,
): Promise<void> {
  const { store, principal } = context;
  await requireMembership(context, id, "owner");
  const organization = await store.get(organizations, { id });
  if (organization === undefined) throw new NotFoundError(`There is no organization ${id}.`);
  if (ifVersion !== undefined && organization.version !== ifVersion) throw changedSince(organizations.name);
  const refuse = (message: string) => new ConflictError(message, { reason: "state", table: organizations.name });
  const refuseOthers = async () => {
    const members = await store.query(memberships, { where: { organizationId: id }, limit: 2 });
    if (members.items.length > 1) throw refuse("Others are still members: remove them first.");
  };
  await refuseOthers();
  const me = await store.get(users, { id: principal.userId });
  if (me?.defaultOrganizationId === id) throw refuse("This is your own organization: it goes only with your account.");
  await deleteInvitations(store, id);
  // Whoever accepted one before it was gone is a member by now; nobody can after.
  await refuseOthers();
  await deleteContents(context, id, end);
  await store.transact([
    op.delete(organizations, { id }),
    op.delete(memberships, { organizationId: id, userId: principal.userId }),
  ]);
  // What the owner made meanwhile: whatever is made now checks in its transaction that the membership is there.
  await deleteContents(context, id, end);
}

async function deleteInvitations(store: Store, organizationId: string): Promise<void> {
  await drain(
    () => store.query(invitations, { index: "byOrganization", where: { organizationId } }),
    ({ id }) => store.delete(invitations, { id }),
  );
}

async function deleteContents(context: Context, organizationId: string, end: EndConversation): Promise<void> {
  const { store } = context;
  const where = { organizationId };
  for (const table of [agents, skills] as const) {
    await drain(
      () => store.query(table, { index: "byOrganization", where }),
      ({ id }) => store.delete(table, { id }),
    );
  }
  await drain(
    () => store.query(conversations, { index: "byOrganization", where }),
    ({ id }) => end(id, () => deleteConversationItems(store, id)),
  );
  await deleteInvitations(store, organizationId);
  await drain(
    () => store.query(auditEvents, { where }),
    ({ id }) => store.delete(auditEvents, { organizationId, id }),
  );
}

async function drain<I>(read: () => Promise<Page<I>>, remove: (item: I) => Promise<void>): Promise<void> {
  for (let page = await read(); page.items.length > 0; page = await read()) await Promise.all(page.items.map(remove));
}
