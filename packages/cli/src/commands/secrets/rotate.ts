import { command, ioOf } from "../../command.ts";
import { printJson } from "../../io.ts";
import { namedEnvArgs, yesArg } from "./args.ts";

export const rotate = command({
  details:
    "Only what may be any random value: the manifest says how it is generated. The value before stays as AWSPREVIOUS.",
  args: {
    name: { type: "positional", required: true, description: "The variable, or the secret's name" },
    ...namedEnvArgs,
    ...yesArg,
  },
  examples: [{ command: "aloft secrets rotate AUTH_SECRET --env prod", does: "everybody has to sign in again" }],
  async run(context) {
    const io = ioOf(context);
    const { name, env, manifest, region, yes, json } = context.args;
    const { rotateSecret } = await import("../../secrets/rotate.ts");
    const done = await rotateSecret(io, { name, env, manifest, region, yes: yes === true });
    if (json === true) printJson(io, { ok: true, ...done });
    else if (!done.rotated) io.out.write("Nothing was written.\n");
    else {
      const before = done.replaced ? " The value before stays as AWSPREVIOUS." : "";
      const who = done.readers.length === 0 ? "whoever reads it" : done.readers.join(", ");
      io.out.write(`${done.variable} has a new value in ${done.secret}.${before}\n`);
      io.out.write(`To be refreshed: ${who} (kill -HUP, its refresh interval, or a new deployment).\n`);
    }
  },
});
