import { deleteApiKey } from "@aloft/core/identity/api-keys";
import { apiKeys } from "@aloft/core/identity/tables";
import { actAs, openData } from "../data-folder.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";

/** Revokes a key of any user. @throws {CliError} `key_not_found`. */
export async function revokeKey(
  io: Io,
  data: string | undefined,
  given: string,
): Promise<{ readonly id: string; readonly name: string }> {
  await using store = await openData(io, data);
  // Who pastes a leaked key whole means that key; its secret is shown nowhere.
  const id = /^aloft_(key_[0-9A-Z]+)_/.exec(given)?.[1] ?? given;
  const key = await store.get(apiKeys, { id });
  if (key === undefined) {
    throw new CliError("key_not_found", `There is no key ${id} in this data folder. See: aloft key list`);
  }
  await deleteApiKey(actAs(store, key.userId), id);
  return { id, name: key.name };
}
