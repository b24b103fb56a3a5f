import { command, ioOf, jsonArg } from "../../command.ts";

export const restore = command({
  details:
    "The whole file is checked before anything is written, and the store is compared with it afterwards.\n" +
    "Killed or stopped, the same command goes on where it was.",
  args: {
    file: { type: "positional", required: true, description: "A backup" },
    to: { type: "string", valueHint: "store", description: "An empty store (default: configured)" },
    journal: {
      type: "string",
      valueHint: "file",
      description: "Where to keep how far it is (default: aloft-copy-….json here)",
    },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store restore aloft-monday.backup --to sqlite:./restored", does: "into a new data folder" },
    { command: "aloft store restore aloft-monday.backup --to env:DATABASE_URL", does: "into PostgreSQL" },
  ],
  async run(context) {
    const io = ioOf(context);
    const json = context.args.json === true;
    const { parsePlace } = await import("../../moving/place.ts");
    const to = await parsePlace(io, "--to", context.args.to ?? "configured");
    const { runRestore } = await import("../../moving/run-backup.ts");
    const { presentCopy } = await import("../../moving/present-copy.ts");
    const { file, journal } = context.args;
    return presentCopy(io, await runRestore(io, { file, to, journal, silent: json }), { json, what: "Restored" });
  },
});
