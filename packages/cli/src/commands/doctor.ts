import { command, ioOf, jsonArg, listenArgs, dataArg, portNumber } from "../command.ts";
import { painter, printJson } from "../io.ts";

export const doctor = command({
  details: "Give it the options you start with. Its exit code is 1 if a start would fail.",
  args: { ...listenArgs, ...dataArg, ...jsonArg },
  examples: [
    { command: "aloft doctor", does: "why does it not start?" },
    { command: "aloft doctor --json | jq '.checks[] | select(.status != \"ok\")'", does: "for programs" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { port, host, data, json } = context.args;
    const options = { port: await portNumber(port), host, data };
    const { examine } = await import("../doctor/doctor.ts");
    const { report, summary } = await import("../doctor/report.ts");
    const checks = await examine(io, options);
    const sound = checks.every(({ status }) => status !== "failed");
    if (json !== true) io.out.write(report(checks, painter(io.out, io.env)));
    else if (sound) printJson(io, { ok: true, checks });
    else printJson(io, { ok: false, error: { code: "checks_failed", message: summary(checks) }, checks });
    return sound ? 0 : 1;
  },
});
