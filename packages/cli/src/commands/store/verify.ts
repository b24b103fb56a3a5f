import { command, ioOf, jsonArg } from "../../command.ts";
import { printJson } from "../../io.ts";

export const verify = command({
  details: "Compares every item by its digest, changing nothing. Its exit code is 1 if they differ.",
  args: {
    from: { type: "string", required: true, valueHint: "store", description: "One store" },
    to: { type: "string", required: true, valueHint: "store", description: "The other" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft store verify --from sqlite:./data --to env:DATABASE_URL", does: "is everything there?" },
    {
      command: "aloft store verify --from sqlite:./a --to sqlite:./b --json | jq .differences",
      does: "for programs",
    },
  ],
  async run(context) {
    const io = ioOf(context);
    const json = context.args.json === true;
    const { parsePlace } = await import("../../moving/place.ts");
    const from = await parsePlace(io, "--from", context.args.from);
    const to = await parsePlace(io, "--to", context.args.to);
    const { comparisonText, runVerify } = await import("../../moving/run-verify.ts");
    const comparison = await runVerify(io, { from, to, silent: json });
    const { equal, ...found } = comparison;
    if (!json) io.out.write(comparisonText(comparison));
    else if (equal) printJson(io, { ok: true, ...found });
    else printJson(io, { ok: false, error: { code: "stores_differ", message: "The stores differ." }, ...found });
    return equal ? 0 : 1;
  },
});
