import type { ArgsDef } from "citty";
import { command, ioOf, jsonArg } from "../command.ts";
import { painter, printJson } from "../io.ts";

const flagArgs = {
  topology: {
    type: "enum",
    options: ["solo", "relational", "library"],
    valueHint: "solo|relational|library",
    description: "DynamoDB; PostgreSQL; or secrets only, without compute",
  },
  name: { type: "string", description: "Name of the app (default: from package.json, or the folder)" },
  region: { type: "string", valueHint: "name", description: "AWS region (default: AWS_REGION, else us-east-1)" },
  environments: {
    type: "string",
    valueHint: "list",
    description: "Of dev, staging, production (default: dev,production)",
  },
  account: {
    type: "string",
    valueHint: "id",
    description: "AWS account that they have to be in, or one each: dev=111122223333,production=…",
  },
  program: {
    type: "enum",
    options: ["aloft", "own"],
    valueHint: "aloft|own",
    description: "Aloft's own server, or what your Dockerfile builds",
  },
  domain: {
    type: "string",
    valueHint: "host",
    description: "Of the last environment (default: a name of CloudFront's)",
  },
  dns: {
    type: "string",
    valueHint: "zone id|ARN",
    description: "Of the domain: a hosted zone's id in Route 53, or a certificate's ARN in us-east-1",
  },
  zone: { type: "string", valueHint: "host", description: "Name of the hosted zone (default: the domain's parent)" },
  repository: {
    type: "string",
    valueHint: "owner/name",
    description: "On GitHub, from where it is deployed (default: git's remote origin)",
  },
  "repository-ids": {
    type: "string",
    valueHint: "owner id/id",
    description: "GitHub's numbers of the two, if it was made or renamed since 2026-07-15",
  },
  branch: { type: "string", valueHint: "name", description: "The branch that is deployed (default: main)" },
  "alarms-email": { type: "string", valueHint: "address", description: "Who is told of alarms and of the budget" },
  budget: { type: "string", valueHint: "dollars", description: "A month, that the address is told of" },
} satisfies ArgsDef;

export const init = command({
  details:
    "Writes aloft.config.ts, workflows for GitHub, a runbook, and what a program of your own needs besides. Asks what no\n" +
    "option says; without a terminal, or with --yes, takes what it finds. Needs no AWS, and overwrites nothing unasked. With\n" +
    "an aloft.config.ts already there, that counts, and what follows from it is written.",
  args: {
    folder: { type: "positional", required: false, description: "Where the app is (default: here)" },
    ...flagArgs,
    yes: { type: "boolean", description: "Ask nothing; the topology has to be given" },
    force: { type: "boolean", description: "Write everything anew, over what is there" },
    "dry-run": { type: "boolean", description: "Show what would be written, and write nothing" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft init", does: "answer a few questions" },
    {
      command: "aloft init --topology solo --name chat --region eu-central-1 --repository acme/chat --yes",
      does: "the whole backend on DynamoDB, without a question",
    },
    {
      command: "aloft init --topology relational --program own --domain app.example.com --dns Z0123456789ABC --dry-run",
      does: "your own program on PostgreSQL, under your domain; only look",
    },
    { command: "aloft init services/web --topology library", does: "secrets for an app that runs elsewhere" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { args } = context;
    const json = args.json === true;
    const flags = Object.fromEntries(Object.keys(flagArgs).map((flag) => [flag, args[flag as keyof typeof flagArgs]]));
    const { runInit, stoppedError } = await import("../landing/init/run-init.ts");
    const { Stopped } = await import("../landing/init/ask.ts");
    const dryRun = args["dry-run"] === true;
    const options = {
      folder: args.folder ?? ".",
      flags,
      yes: args.yes === true || json,
      force: args.force === true,
      dryRun,
    };
    let result: Awaited<ReturnType<typeof runInit>>;
    try {
      result = await runInit(io, options);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      io.err.write(`\n${stoppedError().message}\n`);
      return 130;
    }
    const { folder, files, planned, decided, next } = result;
    const kept = files.some(({ outcome }) => outcome === "kept");
    if (json) {
      const texts = dryRun ? { texts: Object.fromEntries(planned.map(({ shown, text }) => [shown, text])) } : {};
      printJson(io, { ok: true, folder, dryRun, ...decided, files, kept, next, ...texts });
      return 0;
    }
    const { filesText, stepsText, textsOf } = await import("../landing/init/report.ts");
    const paint = painter(io.out, io.env);
    const what = `${decided.name}, ${decided.topology}, in ${decided.region}: ${decided.environments.join(", ")}`;
    io.out.write(`${dryRun ? "Would be written" : "Written"} in ${folder} (${what})\n${filesText(files, paint)}`);
    io.out.write(dryRun ? textsOf(planned, paint) : stepsText(next, paint));
    return 0;
  },
});
