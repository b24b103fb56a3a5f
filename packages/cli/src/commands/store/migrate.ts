import { command, ioOf, jsonArg } from "../../command.ts";
import { printJson } from "../../io.ts";

export const migrate = command({
  details:
    "Brings the store up to what this version of Aloft needs. Any number of processes may do so at once: one does it, and\n" +
    "the others wait until it is done. PostgreSQL is migrated over DATABASE_DIRECT_URL if that is set, past any pooler.",
  args: {
    store: { type: "string", valueHint: "store", description: "Which store (default: configured)" },
    "dry-run": { type: "boolean", description: "Only say what would be done" },
    create: {
      type: "boolean",
      description: "Make tables in DynamoDB in production too, where a deployment makes them",
    },
    wait: {
      type: "string",
      valueHint: "time",
      description: "How long to wait for another that migrates (default: 60s)",
    },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store migrate", does: "before a new version starts" },
    { command: "aloft store migrate --dry-run", does: "what would be done?" },
    { command: "aloft store migrate --wait 10m --json", does: "in a deployment" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { store, wait = "60s", json } = context.args;
    const dryRun = context.args["dry-run"] === true;
    const { durationMs } = await import("../../exec/duration.ts");
    const { migrateText, runMigrate } = await import("../../migrating/migrating.ts");
    const waitMs = durationMs("--wait", wait);
    const { label, lines } = await runMigrate(io, store, {
      dryRun,
      create: context.args.create === true,
      waitMs,
      silent: json === true,
    });
    if (json === true)
      printJson(io, { ok: true, store: label, dryRun, done: dryRun ? [] : lines, pending: dryRun ? lines : [] });
    else io.out.write(migrateText(label, lines, dryRun));
  },
});
