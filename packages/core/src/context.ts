import { ForbiddenError } from "./errors.ts";
import type { Operation, Store } from "./ports/store.ts";

/** What an API key may do. A signed-in session may do everything its user may. */
export const scopes = [
  "agents:read",
  "agents:write",
  "conversations:read",
  "conversations:write",
  "organizations:read",
  "organizations:write",
  "profile:read",
  "profile:write",
  "keys:read",
  "keys:write",
] as const;
export type Scope = (typeof scopes)[number];

/** Who acts: a user, by a session or by an API key with its scopes. */
export interface Principal {
  readonly userId: string;
  readonly by: { readonly kind: "session"; readonly id: string } | { readonly kind: "key"; readonly id: string };
  /** `all` for sessions. */
  readonly scopes: readonly Scope[] | "all";
}

/** What every operation of the domain is given. */
export interface Context {
  readonly store: Store;
  readonly principal: Principal;
  readonly now: () => Date;
  /**
   * Writes all of the operations or none, together with what makes the request's answer repeatable, and gives back
   * `result`, which is that answer.
   */
  commit<R>(operations: readonly Operation[], result: R): Promise<R>;
}

/** @throws {ForbiddenError} the API key lacks the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes === "all" || principal.scopes.includes(scope)) return;
  throw new ForbiddenError(`This API key lacks the scope "${scope}". Create one that has it, or sign in.`);
}
