import { command, ioOf, jsonArg } from "../../command.ts";
import { printJson } from "../../io.ts";

export const status = command({
  details:
    "Says which migrations, tables and indexes the store has and which it lacks. Changes nothing; its exit code is 1 if\n" +
    "something is missing.",
  args: {
    store: { type: "string", valueHint: "store", description: "Which store (default: configured)" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store status", does: "is the configured store up to date?" },
    { command: "aloft store status --json | jq .lines", does: "for programs" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { readStatus, statusProblem, statusText } = await import("../../migrating/migrating.ts");
    const { label, lines } = await readStatus(io, context.args.store);
    const problem = statusProblem(lines);
    const upToDate = problem === undefined;
    if (context.args.json !== true) io.out.write(statusText(label, lines));
    else if (upToDate) printJson(io, { ok: true, store: label, upToDate, lines });
    else {
      const error = { code: "not_up_to_date", message: `The store ${problem}` };
      printJson(io, { ok: false, error, store: label, upToDate, lines });
    }
    return upToDate ? 0 : 1;
  },
});
