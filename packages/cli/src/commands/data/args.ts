import { environmentArgs } from "../../landing/environment-args.ts";

export const dataArgs = {
  ...environmentArgs,
  through: {
    type: "string",
    valueHint: "store",
    description: "Where a database in a private network is reached, as env:<variable>: the end of a tunnel",
  },
  journal: {
    type: "string",
    valueHint: "file",
    description: "Where to keep how far it is (default: aloft-copy-….json here)",
  },
  "into-production": { type: "boolean", description: "Yes, production is what gets filled" },
} as const;

export const dataDetails =
  "Copies as aloft store copy does: the target has to be empty, writers wait for moments, both are compared at the end, and the\n" +
  "same command goes on where it was. What is sealed opens only where its keys are: linked accounts are linked anew.";
