import type { Need } from "./need.ts";

/**
 * What the keys call: one key seals, another signs. Whatever is sealed names its purpose, which KMS is told; without one the
 * key opens nothing.
 */
export const kmsNeeds: readonly Need<"sealing-key" | "signing-key">[] = [
  {
    sid: "Seal",
    may: "seal and open with its sealing key",
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    on: ["sealing-key"],
    conditions: { "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "purpose" } },
  },
  {
    sid: "Sign",
    may: "sign agents' tokens with its signing key",
    actions: ["kms:Sign"],
    on: ["signing-key"],
    conditions: { StringEquals: { "kms:SigningAlgorithm": "ED25519_SHA_512", "kms:MessageType": "RAW" } },
    unused: {
      "kms:Sign": "Whoever builds on the port of keys signs agents' tokens; no route of the server does so yet.",
    },
  },
  {
    sid: "PublicKey",
    may: "read the public half of its signing key",
    actions: ["kms:GetPublicKey"],
    on: ["signing-key"],
  },
  {
    sid: "KeyStates",
    may: "see whether its keys can be used",
    actions: ["kms:DescribeKey"],
    on: ["sealing-key", "signing-key"],
  },
];
