import type { Principal } from "../context.ts";
import type { Store } from "../ports/store.ts";
import { apiKeys, sessions } from "./tables.ts";

/** Whether the session or key by which somebody came in still holds: long-lived connections ask again. */
export async function isStillValid(store: Store, now: Date, { by }: Principal): Promise<boolean> {
  if (by.kind === "session") return (await store.getUnique(sessions, "id", { id: by.id })) !== undefined;
  const key = await store.get(apiKeys, { id: by.id });
  return key !== undefined && (key.expiresAt === undefined || key.expiresAt > now.toISOString());
}
