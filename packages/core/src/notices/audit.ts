import type { Context } from "../context.ts";
import { requireMembership } from "../organizations/access.ts";
import { op, type Operation, type Page, type PageOptions } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { auditEvents } from "./tables.ts";

/** The operation that records what the caller does; part of the same transaction as the deed. */
export function audit(context: Context, organizationId: string, action: string, target: string): Operation {
  const { userId, by } = context.principal;
  return op.create(auditEvents, {
    organizationId,
    id: newId("evt"),
    actor: { userId, by: by.kind, byId: by.id },
    action,
    target,
    createdAt: context.now().toISOString(),
  });
}

/** Newest first. Admins only. */
export async function listAuditEvents(
  context: Context,
  organizationId: string,
  page: PageOptions,
): Promise<Page<Stored<typeof auditEvents>>> {
  await requireMembership(context, organizationId, "admin");
  return context.store.query(auditEvents, { where: { organizationId }, order: "desc", ...page });
}
