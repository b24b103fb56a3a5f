import { command, ioOf } from "../command.ts";
import { usageError } from "../errors.ts";

export const exec = command({
  program: true,
  details:
    "In this order: secrets, databases that answer, migration under a lock, seed. Then it is the program: the same\n" +
    "process, so signals, exit codes and input are the program's alone. Any number may start at once: one migrates and\n" +
    "seeds, the others wait for it. What is printed before goes to standard error.\n\n" +
    "--migrate applies ./migrations/*.sql in the order of their names, each once; if there are none and the program is\n" +
    "aloft, Aloft's own tables. --migrate-with runs a command of yours, unless the same command has succeeded in the\n" +
    "same files of this folder.",
  args: {
    migrate: { type: "boolean", description: "Migrate PostgreSQL under a lock, by the files of ./migrations" },
    "migrate-with": { type: "string", valueHint: "command", description: "Migrate by this command, under the lock" },
    seed: { type: "string", valueHint: "command", description: "Run this once a database, under the lock" },
    "seed-name": { type: "string", valueHint: "name", description: "Tells seeds apart (default: default)" },
    wait: {
      type: "string",
      valueHint: "time",
      description: "How long to wait for DATABASE_URL or DynamoDB; 0: not at all (default: 60s)",
    },
    "wait-for": {
      type: "string",
      valueHint: "address",
      description: "Wait for this too: tcp://host:port, http://…; may be given again",
    },
    "lock-wait": { type: "string", valueHint: "time", description: "How long others may migrate (default: 10m)" },
    env: { type: "string", valueHint: "name", description: "The environment, for secrets and program (ALOFT_ENV)" },
    manifest: {
      type: "string",
      valueHint: "file",
      description: "Your manifest of secrets (default: ./secrets.manifest.json, .ts or .js, if there is one)",
    },
  },
  examples: [
    {
      command: 'aloft exec --migrate --seed "python seed.py" -- uvicorn app:app',
      does: "SQL files, then a seed, then a Python server",
    },
    {
      command: 'aloft exec --migrate-with "alembic upgrade head" -- gunicorn app:app',
      does: "migrate by a tool of your own; forty instances may start together",
    },
    { command: "aloft exec --env prod --manifest secrets.json -- node app.js", does: "with the secrets of production" },
  ],
  async run(context) {
    const { args, rawArgs } = context;
    const end = rawArgs.indexOf("--");
    const program = end < 0 ? [] : rawArgs.slice(end + 1);
    if (program.length === 0) {
      throw usageError("missing_program", "aloft exec needs a program after --, as in: aloft exec -- node app.js");
    }
    if (args.migrate === true && args["migrate-with"] !== undefined) {
      throw usageError("invalid_option", "Give --migrate or --migrate-with, not both.");
    }
    if (args["seed-name"] !== undefined && args.seed === undefined) {
      throw usageError("invalid_option", "--seed-name needs --seed.");
    }
    const { durationMs } = await import("../exec/duration.ts");
    const { runExec } = await import("../exec/run-exec.ts");
    return runExec(ioOf(context), {
      program,
      env: args.env,
      manifest: args.manifest,
      waitMs: durationMs("--wait", args.wait ?? "60s"),
      waitFor: await parsedWaitFor(rawArgs.slice(0, end)),
      lockWaitMs: durationMs("--lock-wait", args["lock-wait"] ?? "10m"),
      migrate: args["migrate-with"] ?? args.migrate === true,
      seed: args.seed === undefined ? undefined : { command: args.seed, name: args["seed-name"] ?? "default" },
    });
  },
});

/** All of them; the parser of commands keeps the last alone. */
async function parsedWaitFor(words: readonly string[]) {
  if (!words.some((word) => word.startsWith("--wait-for"))) return [];
  const { parseArgs } = await import("node:util");
  const { parseAwaited } = await import("../exec/await-ready.ts");
  const { values } = parseArgs({
    args: [...words],
    options: { "wait-for": { type: "string", multiple: true } },
    strict: false,
  });
  return (values["wait-for"] ?? []).map((value) => parseAwaited(String(value)));
}
