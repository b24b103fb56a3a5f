import { type CommandGroup, jsonArg } from "../../command.ts";

export const secrets: CommandGroup = {
  details:
    "Secrets live in AWS Secrets Manager, plain configuration in Parameter Store, under the names that a manifest\n" +
    "declares. AWS is reached as by its own tools: AWS_REGION, AWS_PROFILE, a role.",
  args: jsonArg,
  examples: [
    {
      command: "aloft secrets push .env --env prod",
      does: "bring a file's values to AWS: shows what differs, and asks",
    },
    { command: "aloft secrets doctor --env prod", does: "find out why a server does not get its secrets" },
    { command: "aloft secrets rotate AUTH_SECRET --env prod", does: "a new random value" },
  ],
  subCommands: {
    push: {
      does: "Bring the values of a .env file to AWS",
      load: () => import("./push.ts").then((module) => module.push),
    },
    pull: {
      does: "Write an environment's values into a file",
      load: () => import("./pull.ts").then((module) => module.pull),
    },
    diff: {
      does: "Compare an environment with a file, or with another environment",
      load: () => import("./diff.ts").then((module) => module.diff),
    },
    rotate: {
      does: "Give a secret a new random value",
      load: () => import("./rotate.ts").then((module) => module.rotate),
    },
    doctor: {
      does: "Look at every secret as a start would, and say what is wrong with it",
      load: () => import("./doctor.ts").then((module) => module.doctor),
    },
    list: {
      does: "List what the manifest declares, and what of it is there",
      load: () => import("./list.ts").then((module) => module.list),
    },
  },
};
