import { idempotencyKeys } from "./identity/tables.ts";
import { type SealedAttribute, sealedAttribute } from "./keys/sealed.ts";

/** The answer of a request that showed a secret, to be shown again to whoever repeats the request. */
export const sealedAnswer = sealedAttribute(idempotencyKeys, "sealed", { record: ["id", "fingerprint"] });

/** Everything the product seals: what the re-sealing job goes over. */
export const sealedAttributes: readonly SealedAttribute[] = [sealedAnswer];
