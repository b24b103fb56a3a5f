import type { Context } from "../context.ts";
import { NotFoundError } from "../errors.ts";
import { op, type Operation, type Page, type PageOptions } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { dayMs, newId, timestampAfter } from "../values.ts";
import { notifications } from "./tables.ts";

export type Notification = Stored<typeof notifications>;

const keptDays = 90;

/** The operation that tells a user something; part of the same transaction as what it tells of. */
export function notify(
  now: Date,
  userId: string,
  notice: Pick<Item<typeof notifications>, "kind" | "title" | "path">,
): Operation {
  return op.create(notifications, {
    ...notice,
    userId,
    id: newId("ntf"),
    createdAt: now.toISOString(),
    expiresAt: timestampAfter(now, keptDays * dayMs),
  });
}

/** The caller's own, newest first. */
export async function listNotifications(context: Context, page: PageOptions): Promise<Page<Notification>> {
  return context.store.query(notifications, { where: { userId: context.principal.userId }, order: "desc", ...page });
}

/** How many of the newest 100 are unread. */
export async function countUnread(context: Context): Promise<number> {
  const { items } = await listNotifications(context, { limit: 100 });
  return items.filter((notification) => notification.readAt === undefined).length;
}

export async function markNotification(context: Context, id: string, read: boolean): Promise<Notification> {
  const key = { userId: context.principal.userId, id };
  const found = await context.store.get(notifications, key);
  if (found === undefined) throw new NotFoundError(`There is no notification ${id}.`);
  if ((found.readAt !== undefined) === read) return found;
  return context.store.update(
    notifications,
    key,
    read ? { set: { readAt: context.now().toISOString() } } : { remove: ["readAt"] },
  );
}

export async function markAllRead(context: Context): Promise<void> {
  const { userId } = context.principal;
  let cursor: string | undefined;
  do {
    const page = await context.store.query(notifications, { where: { userId }, limit: 100, cursor });
    const readAt = context.now().toISOString();
    for (const { id, readAt: already } of page.items) {
      if (already === undefined) await context.store.update(notifications, { userId, id }, { set: { readAt } });
    }
    cursor = page.next;
  } while (cursor !== undefined);
}
