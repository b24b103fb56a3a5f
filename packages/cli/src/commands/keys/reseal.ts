import { command, dataArg, ioOf, jsonArg } from "../../command.ts";

export const reseal = command({
  details:
    "Works beside running servers. Stopped or killed at any moment nothing is lost: run it again, and it does what is left.\n" +
    "Its exit code is 1 if a value could not be opened.",
  args: {
    "per-second": { type: "string", valueHint: "number", description: "Values a second, at most (default: no limit)" },
    ...dataArg,
    ...jsonArg,
  },
  examples: [
    { command: "aloft keys reseal", does: "after a rotation" },
    { command: "aloft keys reseal --per-second 50", does: "on a busy store" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { data, json } = context.args;
    const { parseRate, runReseal } = await import("../../master-keys/run-reseal.ts");
    const perSecond = parseRate(context.args["per-second"]);
    return runReseal(io, { data, json: json === true, perSecond });
  },
});
