import type { z } from "zod";
import type { Context } from "../context.ts";
import type { Page, PageOptions } from "../ports/store.ts";
import type { Stored } from "../tables/define-table.ts";
import { settings } from "./tables.ts";

export type Setting = Stored<typeof settings>;

/** The caller's own settings, by name. */
export async function listSettings(context: Context, page: PageOptions): Promise<Page<Setting>> {
  return context.store.query(settings, { where: { userId: context.principal.userId }, ...page });
}

export async function putSetting(
  context: Context,
  name: string,
  value: z.core.util.JSONType,
  ifVersion?: number,
): Promise<Setting> {
  const item = { userId: context.principal.userId, name, value, updatedAt: context.now().toISOString() };
  return context.store.put(settings, item, ifVersion === undefined ? {} : { if: { version: ifVersion } });
}

export async function deleteSetting(context: Context, name: string): Promise<void> {
  await context.store.delete(settings, { userId: context.principal.userId, name });
}
