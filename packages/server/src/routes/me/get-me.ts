import { getUser, type User } from "@aloft/core/identity/users";
import { listOrganizations } from "@aloft/core/organizations/organizations";
import type { Context } from "@aloft/core/context";
import { defineRoute } from "../../http/route.ts";
import { me } from "./schemas.ts";

/** The user with the organizations they are a member of. */
export async function presentMe(context: Context, user: User) {
  const { items } = await listOrganizations(context, { limit: 200 });
  return { ...user, organizations: items.map(({ id, name, role }) => ({ id, name, role })) };
}

export const getMe = defineRoute({
  method: "GET",
  path: "/api/v1/me",
  operationId: "getMe",
  summary: "Who you are, and your organizations",
  tag: "Me",
  scope: "any",
  response: { status: 200, schema: me },
  handler: async ({ context }) => presentMe(context, await getUser(context.store, context.principal.userId)),
});
