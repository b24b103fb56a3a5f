import { listApiKeys } from "@aloft/core/identity/api-keys";
import { actAs, findUser, openData } from "../data-folder.ts";
import type { Io } from "../io.ts";
import { presentKey, type PresentedKey } from "./present-key.ts";

/** All keys of a user, newest first. */
export async function listKeys(
  io: Io,
  where: { readonly data: string | undefined; readonly user: string | undefined },
): Promise<readonly PresentedKey[]> {
  await using store = await openData(io, where.data);
  const context = actAs(store, await findUser(store, where.user));
  const keys: PresentedKey[] = [];
  let cursor: string | undefined;
  do {
    const page = await listApiKeys(context, { limit: 200, cursor });
    keys.push(...page.items.map(presentKey));
    cursor = page.next;
  } while (cursor !== undefined);
  return keys;
}
