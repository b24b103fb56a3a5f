import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

/** Shorter than any key is published before it signs. */
const maxAgeSeconds = 300;

const signingKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string(),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
});

/** @see https://www.rfc-editor.org/rfc/rfc7517#section-5 */
export const getJwks = defineRoute({
  method: "GET",
  path: "/.well-known/jwks.json",
  operationId: "getJwks",
  summary: "The public keys that tokens of this server are verified by",
  description: "Also the next key, before it signs, and the ones before, while a token of theirs may be valid.",
  tag: "Tokens",
  scope: "public",
  response: { status: 200, schema: z.object({ keys: z.array(signingKey) }) },
  async handler({ services: { keys }, reply }) {
    const { keys: published } = await keys.jwks();
    reply.header("cache-control", `public, max-age=${maxAgeSeconds}`);
    return { keys: published };
  },
});
