import { type CommandGroup, jsonArg } from "../../command.ts";

export const data: CommandGroup = {
  details:
    "What users stored, between an environment on AWS and another one or a store here. Files and secrets are not copied.",
  args: jsonArg,
  examples: [
    { command: "aloft data pull --env staging --to sqlite:./data", does: "staging's data onto a laptop" },
    { command: "aloft data push --env staging --from dev", does: "dev's data into staging, which is empty" },
  ],
  subCommands: {
    pull: { does: "Copy from an environment", load: () => import("./pull.ts").then((module) => module.pull) },
    push: { does: "Copy into an environment", load: () => import("./push.ts").then((module) => module.push) },
  },
};
