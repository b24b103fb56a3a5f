import { command, ioOf, jsonArg } from "../../command.ts";
import { printJson } from "../../io.ts";

export const backup = command({
  details:
    "While the server runs: the file holds everything as it was at one moment. SQLite's writers do not wait for it;\n" +
    "those of PostgreSQL and DynamoDB do for moments, at the end. The file is read back before it appears.",
  args: {
    file: { type: "positional", required: true, description: "The file to make; it must not be there yet" },
    from: { type: "string", valueHint: "store", description: "The store to back up (default: configured)" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store backup aloft-monday.backup", does: "what the server here would use" },
    { command: "aloft store backup prod.backup --from env:DATABASE_URL", does: "a PostgreSQL database" },
  ],
  async run(context) {
    const io = ioOf(context);
    const json = context.args.json === true;
    const { parsePlace } = await import("../../moving/place.ts");
    const from = await parsePlace(io, "--from", context.args.from ?? "configured");
    const { runBackup } = await import("../../moving/run-backup.ts");
    const made = await runBackup(io, { from, file: context.args.file, silent: json });
    if (typeof made === "number") {
      const message = "Stopped. There is no backup, and nothing of it was kept.";
      if (json) printJson(io, { ok: false, error: { code: "interrupted", message } });
      else io.err.write(`${message}\n`);
      return made;
    }
    const items = made.tables.reduce((sum, table) => sum + table.items, 0);
    if (json) printJson(io, { ok: true, file: context.args.file, items, ...made });
    else {
      const { count } = await import("../../moving/show-progress.ts");
      const size = `${(made.bytes / 1024 / 1024).toFixed(1)} MB`;
      io.out.write(`Backed up ${count(items)} items as of ${made.takenAt} (${size}); the file was read back.\n`);
    }
    return 0;
  },
});
