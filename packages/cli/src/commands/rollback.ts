import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const rollback = command({
  details:
    "Puts the image to work that ran before this one, by a deployment of what takes requests. Data stays as it is, and no\n" +
    "migration is undone: a migration has to suit the version before it as well.",
  args: {
    ...environmentArgs,
    to: {
      type: "string",
      valueHint: "digest",
      description: "Another of the last ten versions, by a part of its digest",
    },
    yes: { type: "boolean", description: "Agree to everything; needed where nobody is at a terminal" },
    quiet: { type: "boolean", description: "No line for each resource (default: where CI is set)" },
  },
  examples: [
    { command: "aloft rollback --env production", does: "back to the version before" },
    { command: "aloft rollback --env production --to 3f9a1c --yes", does: "back to a version that is known to work" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { config, env, to, yes, quiet, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const loaded = await loadAppConfig({ config, env });
    const { previousImage, runDeploy } = await import("../landing/deploying/run-deploy.ts");
    return runDeploy(io, loaded, {
      only: "compute",
      image: await previousImage(loaded, to),
      withoutMigration: true,
      yes: yes === true,
      json: json === true,
      quiet: quiet === true || (io.env["CI"] ?? "") !== "",
    });
  },
});
