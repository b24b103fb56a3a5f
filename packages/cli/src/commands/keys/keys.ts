import { type CommandGroup, jsonArg } from "../../command.ts";

export const keys: CommandGroup = {
  details:
    "These keys make what is stored unreadable without them, and sign tokens. API keys are `aloft key`.\n" +
    "Works beside a running server, which takes up a rotation within seconds.",
  args: jsonArg,
  examples: [
    { command: "aloft keys status", does: "which keys there are, and where" },
    {
      command: "aloft keys rotate sealing --reseal",
      does: "a new key for what is stored, and for what was stored before",
    },
    { command: "aloft keys rotate signing", does: "a new key for tokens, published before it signs" },
  ],
  subCommands: {
    status: {
      does: "Show which keys there are, and where",
      load: () => import("./status.ts").then((module) => module.status),
    },
    rotate: {
      does: "Make a new key; the old ones still open and verify",
      load: () => import("./rotate.ts").then((module) => module.rotate),
    },
    reseal: {
      does: "Seal anew what older keys sealed",
      load: () => import("./reseal.ts").then((module) => module.reseal),
    },
  },
};
