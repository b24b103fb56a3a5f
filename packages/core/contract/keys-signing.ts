import { createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import { InvalidError } from "../src/errors.ts";
import type { KeysUnderTest } from "./keys.ts";

const soon = () => Math.floor(Date.now() / 1000) + 600;

export function signingPromises(trial: () => KeysUnderTest): void {
  test("[keys.sign.verified] a token is what was signed, under a key that is published", async () => {
    const { keys, reopen } = trial();
    const claims = { iss: "https://aloft.example", sub: "agt_1", aud: "tools", exp: soon(), note: "äöü" };
    const token = await keys.sign(claims, { type: "at+jwt" });
    const [head = "", body = "", signature = ""] = token.split(".");
    const part = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    await using other = await reopen();
    const { keys: published } = await other.jwks();
    const { kid } = part(head);
    expect(part(head)).toEqual({ alg: "EdDSA", typ: "at+jwt", kid });
    expect(part(body)).toEqual(claims);
    const { x = "" } = published.find((key) => key.kid === kid) ?? {};
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    expect(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(verify(null, Buffer.from(`${head}.${body}x`), key, Buffer.from(signature, "base64url"))).toBe(false);
  });

  test("[keys.sign.verified] what is published has a name, and nothing private", async () => {
    const { keys } = await trial().keys.jwks();
    expect(keys.length).toBeGreaterThanOrEqual(1);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
      expect(key.kid).toMatch(/^[\w-]{43}$/);
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  test.each([
    ["without an end", {}],
    ["with an end that is no number", { exp: "tomorrow" }],
    ["that is over", { exp: 1_000_000 }],
    ["that ends in a month", { exp: Math.floor(Date.now() / 1000) + 30 * 86_400 }],
    ["that never ends", { exp: Number.POSITIVE_INFINITY }],
  ])("[keys.sign.bounded] a token %s is refused", async (_what, claims) => {
    await expect(trial().keys.sign(claims as { exp: number })).rejects.toBeInstanceOf(InvalidError);
  });
}
