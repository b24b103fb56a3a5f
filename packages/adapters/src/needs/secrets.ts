import type { Need } from "./need.ts";

/** Reading several secrets at once is an action of its own, which takes no resource, beside reading each of them. */
export const secretsNeeds: readonly Need<"secrets" | "several" | "parameters">[] = [
  { sid: "Secrets", may: "read its secrets", actions: ["secretsmanager:GetSecretValue"], on: ["secrets"] },
  {
    sid: "SecretsAtOnce",
    may: "ask for several secrets at once",
    actions: ["secretsmanager:BatchGetSecretValue"],
    on: ["several"],
  },
  { sid: "Parameters", may: "read its parameters", actions: ["ssm:GetParameters"], on: ["parameters"] },
];
