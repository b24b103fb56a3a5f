import { command, ioOf } from "../../command.ts";
import { printJson } from "../../io.ts";
import { namedEnvArgs, showValuesArg, yesArg } from "./args.ts";

export const push = command({
  details:
    "Shows what differs, with values masked, and writes only that, after a yes. What the file lacks stays in AWS, and so\n" +
    "do keys of a JSON secret that the manifest does not know. What somebody else changed meanwhile is not overwritten.\n" +
    "The role needs secretsmanager:BatchGetSecretValue, GetSecretValue, DescribeSecret, CreateSecret, PutSecretValue,\n" +
    "UpdateSecretVersionStage; for Parameter Store ssm:GetParameters, ssm:PutParameter.",
  args: {
    file: { type: "positional", required: true, description: "The .env file" },
    ...namedEnvArgs,
    ...yesArg,
    "dry-run": { type: "boolean", description: "Show what differs, and write nothing" },
    ...showValuesArg,
  },
  examples: [
    { command: "aloft secrets push .env --env prod", does: "look, then say yes" },
    { command: "aloft secrets push .env --env dev --yes --json", does: "in a script" },
    {
      command: "aloft secrets push .env --env prod --manifest secrets.manifest.ts",
      does: "the secrets of your own app",
    },
  ],
  async run(context) {
    const io = ioOf(context);
    const { file, env, manifest, region, yes, json } = context.args;
    const { pushSecrets } = await import("../../secrets/push.ts");
    const { confirmed, ...pushed } = await pushSecrets(io, {
      file,
      env,
      manifest,
      region,
      yes: yes === true,
      dryRun: context.args["dry-run"] === true,
      showValues: context.args["show-values"],
      json,
    });
    if (json === true) printJson(io, { ok: true, ...pushed });
    else if (pushed.written.length > 0) io.out.write(`Written: ${pushed.written.join(", ")}\n`);
    else if (!confirmed) io.out.write("Nothing was written.\n");
  },
});
