import type { ProblemCode } from "./problem.ts";
import type { Route } from "./route.ts";

const everywhere: readonly ProblemCode[] = ["rate_limited", "internal", "overloaded", "unavailable"];

/** Every error code that a route may answer with, as follows from what it declares. */
export function problemCodesOf(route: Route): readonly ProblemCode[] {
  return [
    ...new Set<ProblemCode>([
      ...everywhere,
      ...codesOfAccess(route),
      ...codesOfInput(route),
      ...codesOfMethod(route),
      ...(route.problems ?? []),
    ]),
  ];
}

function codesOfAccess({ scope }: Route): readonly ProblemCode[] {
  if (scope === "public") return [];
  if (scope === "optional") return ["unauthenticated", "key_expired"];
  const known: readonly ProblemCode[] = ["unauthenticated", "session_expired", "key_expired"];
  if (scope === "any") return known;
  return [...known, "forbidden", scope === "session" ? "session_required" : "insufficient_scope"];
}

function codesOfInput({ params, query, body }: Route): readonly ProblemCode[] {
  return [
    ...(params === undefined && query === undefined && body === undefined ? [] : (["invalid_request"] as const)),
    ...(params === undefined ? [] : (["not_found"] as const)),
    ...(query !== undefined && "cursor" in query.shape ? (["invalid_cursor"] as const) : []),
    ...(body === undefined ? [] : (["malformed_body", "unsupported_media_type", "body_too_large"] as const)),
  ];
}

function codesOfMethod({ method, scope, versioned }: Route): readonly ProblemCode[] {
  if (method === "GET") return [];
  const writes: readonly ProblemCode[] = ["cross_site_request", "storage_full", "throttled"];
  if (method !== "POST") return versioned === true ? [...writes, "conflict", "precondition_failed"] : writes;
  if (scope === "public") return writes;
  return [...writes, "conflict", "invalid_idempotency_key", "idempotency_key_reused"];
}
