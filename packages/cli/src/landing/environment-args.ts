import type { ArgsDef } from "citty";
import { jsonArg } from "../command.ts";

/** Of every command that is about an app in one of its environments. */
export const environmentArgs = {
  env: {
    type: "string",
    valueHint: "dev|staging|production",
    description: "Environment (default: the only one that aloft.config.ts names)",
  },
  config: {
    type: "string",
    valueHint: "file",
    description: "Configuration, or the folder it is in (default: aloft.config.ts here)",
  },
  ...jsonArg,
} as const satisfies ArgsDef;
