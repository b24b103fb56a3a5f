import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const redeploy = command({
  details:
    "Replaces every task by a new one of the same image, as after a secret was pushed. Each old one goes when a new one answers;\n" +
    "if the new ones do not, ECS keeps those before.",
  args: environmentArgs,
  examples: [{ command: "aloft redeploy --env production", does: "have every task read its secrets anew" }],
  async run(context) {
    const { config, env, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { runRedeploy } = await import("../landing/deploying/run-redeploy.ts");
    return runRedeploy(ioOf(context), await loadAppConfig({ config, env }), json === true);
  },
});
