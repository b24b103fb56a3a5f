import { type CommandGroup, jsonArg } from "../command.ts";

export const root: CommandGroup = {
  args: jsonArg,
  examples: [
    { command: "aloft up --open", does: "start the server and open the console" },
    { command: "aloft doctor", does: "find out what keeps it from starting" },
    { command: "aloft key create --name laptop-script", does: "make an API key for a program" },
  ],
  subCommands: {
    up: { does: "Start the server", load: () => import("./up.ts").then((module) => module.up) },
    link: {
      does: "Make a new one-time link that signs you in",
      load: () => import("./link.ts").then((module) => module.link),
    },
    doctor: {
      does: "Look at everything Aloft needs here, and say how to mend it",
      load: () => import("./doctor.ts").then((module) => module.doctor),
    },
    key: {
      does: "Create, list and revoke API keys",
      load: () => import("./key/key.ts").then((module) => module.key),
    },
    keys: {
      does: "Rotate the keys that seal what is stored and sign tokens",
      load: () => import("./keys/keys.ts").then((module) => module.keys),
    },
    store: {
      does: "Migrate, copy, verify, back up and restore what the server keeps",
      load: () => import("./store/store.ts").then((module) => module.store),
    },
    secrets: {
      does: "Push, pull, compare, rotate and check the secrets of an app",
      load: () => import("./secrets/secrets.ts").then((module) => module.secrets),
    },
    exec: {
      does: "Get a program what it needs (secrets, database, migration, seed), and become it",
      load: () => import("./exec.ts").then((module) => module.exec),
    },
    init: {
      does: "Set an app up for AWS: configuration, workflows, runbook",
      load: () => import("./init.ts").then((module) => module.init),
    },
    plan: {
      does: "Say what an app would be on AWS: drawing, price, rights, refusals; offline",
      load: () => import("./plan.ts").then((module) => module.plan),
    },
    deploy: {
      does: "Put an app to work in your AWS account",
      load: () => import("./deploy.ts").then((module) => module.deploy),
    },
    diff: {
      does: "Say what a deployment would change",
      load: () => import("./diff.ts").then((module) => module.diff),
    },
    status: {
      does: "Say how a deployed app is",
      load: () => import("./status.ts").then((module) => module.status),
    },
    logs: {
      does: "Show what a deployed app logs",
      load: () => import("./logs.ts").then((module) => module.logs),
    },
    open: {
      does: "Open a deployed app in a browser",
      load: () => import("./open.ts").then((module) => module.open),
    },
    redeploy: {
      does: "Replace the tasks of a deployed app by new ones",
      load: () => import("./redeploy.ts").then((module) => module.redeploy),
    },
    rollback: {
      does: "Go back to the version before",
      load: () => import("./rollback.ts").then((module) => module.rollback),
    },
    data: {
      does: "Copy what is stored between environments",
      load: () => import("./data/data.ts").then((module) => module.data),
    },
    destroy: {
      does: "Remove what was deployed, and list what remains",
      load: () => import("./destroy.ts").then((module) => module.destroy),
    },
    completions: {
      does: "Print a completion script for bash, zsh or fish",
      load: () => import("./completions.ts").then((module) => module.completions),
    },
  },
};
