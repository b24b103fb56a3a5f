import { createHash, type KeyObject } from "node:crypto";
import { InvalidError } from "@aloft/core/errors";
import type { PublicSigningKey, TokenClaims } from "@aloft/core/ports/keys";

/** How signing keys overlap when they are rotated. */
export interface SigningPeriods {
  /**
   * How long a new key is published before it signs: longer than anybody keeps the published keys. Default 1 hour.
   */
  readonly publishMs: number;
  /** How far away a token's end may be, and so how long a key stays published after its last one. Default 24 hours. */
  readonly maxTokenMs: number;
}

export const defaultSigningPeriods: SigningPeriods = { publishMs: 60 * 60_000, maxTokenMs: 24 * 60 * 60_000 };

/** @see https://www.rfc-editor.org/rfc/rfc8037#section-2 */
export function publicSigningKey(key: KeyObject): PublicSigningKey {
  const { kty, crv, x } = key.export({ format: "jwk" });
  if (kty !== "OKP" || crv !== "Ed25519" || x === undefined) throw new TypeError("the signing key is no Ed25519 key");
  const members = JSON.stringify({ crv, kty, x });
  return { kty, crv, x, kid: createHash("sha256").update(members).digest("base64url"), alg: "EdDSA", use: "sig" };
}

/**
 * A JWS in its compact form.
 * @param signWith gives the Ed25519 signature of its bytes.
 * @throws {InvalidError} the token has no end, or one that is over or too far away.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1
 */
export async function signToken(
  claims: TokenClaims,
  { kid, type, now, maxTokenMs }: { kid: string; type: string; now: Date; maxTokenMs: number },
  signWith: (bytes: Buffer) => Promise<Uint8Array>,
): Promise<string> {
  const { exp } = claims;
  const leftMs = exp * 1000 - now.getTime();
  if (!Number.isFinite(exp) || leftMs <= 0 || leftMs > maxTokenMs) {
    throw new InvalidError(
      `A token must end, by "exp" in seconds since 1970, within ${Math.floor(maxTokenMs / 60_000)} minutes from now.`,
      [{ path: "exp", message: "must be ahead, and not too far" }],
    );
  }
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
  const signed = `${part({ alg: "EdDSA", typ: type, kid })}.${part(claims)}`;
  const signature = await signWith(Buffer.from(signed, "ascii"));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}
