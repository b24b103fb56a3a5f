import type { ApiKey } from "@aloft/core/identity/api-keys";

export type PresentedKey = Omit<ApiKey, "secretHash" | "version">;

/** A key as it may be shown: without the hash of its secret. */
export function presentKey({ id, userId, name, scopes, createdAt, lastUsedAt, expiresAt }: ApiKey): PresentedKey {
  return {
    id,
    userId,
    name,
    scopes,
    createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
