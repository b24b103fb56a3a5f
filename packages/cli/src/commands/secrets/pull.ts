import { command, ioOf } from "../../command.ts";
import { painter, printJson } from "../../io.ts";
import { namedEnvArgs } from "./args.ts";

export const pull = command({
  details: "Only its owner may read the file (mode 0600). It says so if git would publish it.",
  args: {
    file: { type: "positional", required: true, description: "The file to write, such as .env" },
    ...namedEnvArgs,
    force: { type: "boolean", description: "Write over a file that is there" },
  },
  examples: [{ command: "aloft secrets pull .env --env dev", does: "work with what the dev environment has" }],
  async run(context) {
    const io = ioOf(context);
    const { file, env, manifest, region, json, force } = context.args;
    const { pullSecrets } = await import("../../secrets/pull.ts");
    const pulled = await pullSecrets(io, { file, env, manifest, region, force: force === true });
    if (json === true) printJson(io, { ok: true, ...pulled });
    else {
      const paint = painter(io.err, io.env);
      for (const warning of pulled.warnings) io.err.write(`${paint("yellow", "warning")} ${warning}\n`);
      const { variables, environment } = pulled;
      const count = variables.length === 1 ? "1 variable" : `${variables.length} variables`;
      io.out.write(`Wrote ${count} of ${environment} into ${file}: ${variables.join(", ")}\n`);
    }
  },
});
