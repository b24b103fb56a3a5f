import type { Context } from "../context.ts";
import { ConflictError, NotFoundError } from "../errors.ts";
import { memberships, organizations } from "../organizations/tables.ts";
import { op, type Operation, type Store } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { users } from "./tables.ts";

export type User = Stored<typeof users>;

/** A user and an organization of their own, as operations to commit together. */
export function newUserOperations(
  now: Date,
  input: { name: string; email?: string | undefined },
): { user: Item<typeof users>; operations: Operation[] } {
  const createdAt = now.toISOString();
  const organizationId = newId("org");
  const user: Item<typeof users> = {
    id: newId("usr"),
    name: input.name,
    ...(input.email === undefined ? {} : { email: input.email.toLowerCase() }),
    defaultOrganizationId: organizationId,
    createdAt,
  };
  return {
    user,
    operations: [
      op.create(users, user),
      op.create(organizations, { id: organizationId, name: "Personal", createdBy: user.id, createdAt }),
      op.create(memberships, { organizationId, userId: user.id, role: "owner", createdAt }),
    ],
  };
}

export async function getUser(store: Store, id: string): Promise<User> {
  const user = await store.get(users, { id });
  if (user === undefined) throw new NotFoundError(`There is no user ${id}.`);
  return user;
}

/** @throws {ConflictError} `unique`: another user has this e-mail address. */
export async function updateMe(
  context: Context,
  change: { name?: string | undefined; email?: string | null | undefined },
  ifVersion?: number,
): Promise<User> {
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(typeof change.email === "string" ? { email: change.email.toLowerCase() } : {}),
  };
  return context.store.update(
    users,
    { id: context.principal.userId },
    { set, remove: change.email === null ? ["email"] : [] },
    ifVersion === undefined ? {} : { if: { version: ifVersion } },
  );
}

/** Whether an error says that an e-mail address is taken. */
export function isEmailTaken(error: unknown): boolean {
  return error instanceof ConflictError && error.table === users.name && error.unique === "email";
}
