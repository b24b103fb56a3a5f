import type { ArgsDef } from "citty";
import { jsonArg } from "../../command.ts";

export const targetArgs = {
  env: { type: "string", valueHint: "name", description: "Environment, such as prod (default: ALOFT_ENV)" },
  manifest: {
    type: "string",
    valueHint: "file",
    description: "Manifest as .ts, .mjs or .json (default: that of aloft.config.ts here, else Aloft's own)",
  },
  region: {
    type: "string",
    valueHint: "name",
    description: "AWS region (default: that of aloft.config.ts here, else AWS_REGION)",
  },
  ...jsonArg,
} as const satisfies ArgsDef;

export const namedEnvArgs = {
  ...targetArgs,
  env: { type: "string", required: true, valueHint: "name", description: "Environment, such as prod" },
} as const satisfies ArgsDef;

export const yesArg = {
  yes: { type: "boolean", description: "Do it without asking" },
} as const satisfies ArgsDef;

export const showValuesArg = {
  "show-values": { type: "boolean", description: "Show values instead of masks: at a terminal only" },
} as const satisfies ArgsDef;
