import { command, ioOf, jsonArg } from "../../command.ts";

export const copy = command({
  details:
    "While the source is written: at the end its writers wait for moments, and the target is read back and compared.\n" +
    "Killed or stopped, the same command goes on where it was.",
  args: {
    from: { type: "string", required: true, valueHint: "store", description: "The store to copy" },
    to: { type: "string", required: true, valueHint: "store", description: "An empty store, made if it is not there" },
    journal: {
      type: "string",
      valueHint: "file",
      description: "Where to keep how far it is (default: aloft-copy-….json here)",
    },
    hold: { type: "boolean", description: "Once equal, let nobody write to the source until Ctrl-C" },
    "without-freeze": { type: "boolean", description: "Never hold writers back; ends only if nobody writes" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store copy --from sqlite:./data --to env:DATABASE_URL", does: "from a laptop to PostgreSQL" },
    {
      command: "aloft store copy --from configured --to dynamodb:eu-central-1/aloft_prod_ --hold",
      does: "to DynamoDB, and keep both equal until the servers are switched over",
    },
  ],
  async run(context) {
    const io = ioOf(context);
    const { args } = context;
    const { parsePlace } = await import("../../moving/place.ts");
    const from = await parsePlace(io, "--from", args.from);
    const to = await parsePlace(io, "--to", args.to);
    const { runCopy } = await import("../../moving/run-copy.ts");
    const { presentCopy } = await import("../../moving/present-copy.ts");
    const json = args.json === true;
    if (!json && (from.showsPassword || to.showsPassword)) {
      io.err.write("Who lists processes can read this password: env:<variable> keeps it out of the command line.\n");
    }
    const freeze = args["without-freeze"] !== true;
    if (!freeze && args.hold === true) {
      const { usageError } = await import("../../errors.ts");
      throw usageError("invalid_option", "--hold keeps the source frozen, so it cannot be given --without-freeze.");
    }
    const settings = { from, to, journal: args.journal, hold: args.hold === true, freeze, silent: json };
    return presentCopy(io, await runCopy(io, settings), { json, what: "Copied" });
  },
});
