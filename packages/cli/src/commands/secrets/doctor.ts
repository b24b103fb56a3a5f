import { command, ioOf } from "../../command.ts";
import { painter, printJson } from "../../io.ts";
import { targetArgs } from "./args.ts";

export const doctor = command({
  details: "Exit code 1 if a start would fail. No value is shown.",
  args: targetArgs,
  examples: [
    { command: "aloft secrets doctor --env prod", does: "name, region, credentials, permissions, JSON, keys" },
    { command: "aloft secrets doctor --manifest secrets.manifest.ts --json", does: "your own app's, for a program" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { env, manifest, region, json } = context.args;
    const { examineSecrets } = await import("../../secrets/doctor.ts");
    const findings = await examineSecrets(io, { env, manifest, region });
    const sound = findings.every(({ status }) => status !== "failed");
    if (json === true) printJson(io, { ok: sound, findings });
    else {
      const { report } = await import("../../doctor/report.ts");
      io.out.write(report(findings, painter(io.out, io.env)));
    }
    return sound ? 0 : 1;
  },
});
