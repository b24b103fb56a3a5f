import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const status = command({
  details:
    "Stacks, tasks, image, version, whether it answers, and raised alarms. Its exit code is 1 if something is wrong.",
  args: environmentArgs,
  examples: [
    { command: "aloft status --env production", does: "how is it?" },
    { command: "aloft status --env production --json | jq -r .image", does: "which image runs?" },
  ],
  async run(context) {
    const { config, env, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { runStatus } = await import("../landing/deploying/run-status.ts");
    return runStatus(ioOf(context), await loadAppConfig({ config, env }), json === true);
  },
});
