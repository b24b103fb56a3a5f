import { type CommandGroup, jsonArg } from "../../command.ts";

export const key: CommandGroup = {
  details: "Works on the data folder itself, whether the server runs or not.",
  args: jsonArg,
  examples: [
    { command: "aloft key create --name laptop-script", does: "a key that may do everything, for 90 days" },
    { command: "aloft key list", does: "what keys there are, and when each was last used" },
    { command: "aloft key revoke key_01JCZK…", does: "make a key worthless at once" },
  ],
  subCommands: {
    create: {
      does: "Make a key and show it, once",
      load: () => import("./create.ts").then((module) => module.create),
    },
    list: {
      does: "List keys, newest first",
      load: () => import("./list.ts").then((module) => module.list),
    },
    revoke: {
      does: "Make a key worthless at once",
      load: () => import("./revoke.ts").then((module) => module.revoke),
    },
  },
};
