import { command, ioOf } from "../../command.ts";
import { painter, printJson } from "../../io.ts";
import { namedEnvArgs, showValuesArg } from "./args.ts";

export const diff = command({
  args: {
    file: { type: "positional", required: false, description: "The file to compare with (default: .env)" },
    ...namedEnvArgs,
    with: { type: "string", valueHint: "name", description: "Another environment to compare with, in place of a file" },
    "exit-code": { type: "boolean", description: "Exit code 1 if something differs" },
    ...showValuesArg,
  },
  examples: [
    { command: "aloft secrets diff .env --env prod", does: "what a push would change" },
    { command: "aloft secrets diff --env staging --with prod", does: "two environments" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { file = ".env", env, manifest, region, json } = context.args;
    const [{ diffSecrets }, { differenceLines, maskFor }] = await Promise.all([
      import("../../secrets/diff.ts"),
      import("../../secrets/show.ts"),
    ]);
    const mask = maskFor(io, context.args["show-values"], json);
    const found = await diffSecrets(io, { file, env, manifest, region, with: context.args.with });
    if (json === true) {
      const { differences, ...rest } = found;
      const without = differences.map(({ variable, name, key, status }) => ({ variable, name, key, status }));
      printJson(io, { ok: true, ...rest, differences: without });
    } else {
      const words = { new: `only in ${found.right}`, kept: `only in ${found.left}`, changed: "differs", same: "same" };
      const paint = painter(io.out, io.env);
      io.out.write(`${paint("bold", `${found.left} → ${found.right}`)}\n`);
      for (const line of differenceLines(found.differences, words, mask, paint)) io.out.write(`${line}\n`);
      for (const problem of found.problems) io.err.write(`${problem}\n`);
      io.out.write(found.equal ? "Nothing differs.\n" : "");
    }
    return context.args["exit-code"] === true && !found.equal ? 1 : 0;
  },
});
