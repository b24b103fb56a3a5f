import { type CommandGroup, jsonArg } from "../../command.ts";

export const store: CommandGroup = {
  details:
    "A store is written as sqlite:<data folder>, postgres://user@host/database, dynamodb:<region>/<table prefix>,\n" +
    "env:<variable that holds one of these>, or configured (what the server would use).",
  args: jsonArg,
  examples: [
    { command: "aloft store migrate", does: "bring the configured store up to date" },
    { command: "aloft store copy --from sqlite:./data --to env:DATABASE_URL", does: "move to PostgreSQL" },
    { command: "aloft store verify --from sqlite:./data --to env:DATABASE_URL", does: "is everything there?" },
    { command: "aloft store backup aloft-monday.backup", does: "a file of everything, while the server runs" },
  ],
  subCommands: {
    migrate: {
      does: "Bring the store up to what this version needs",
      load: () => import("./migrate.ts").then((module) => module.migrate),
    },
    status: {
      does: "Say what the store has and what it lacks",
      load: () => import("./status.ts").then((module) => module.status),
    },
    copy: {
      does: "Copy a store into another while it is written, and verify it",
      load: () => import("./copy.ts").then((module) => module.copy),
    },
    verify: {
      does: "Compare two stores, item by item",
      load: () => import("./verify.ts").then((module) => module.verify),
    },
    backup: {
      does: "Make a file of everything, while the server runs",
      load: () => import("./backup.ts").then((module) => module.backup),
    },
    restore: {
      does: "Fill an empty store from a backup",
      load: () => import("./restore.ts").then((module) => module.restore),
    },
  },
};
