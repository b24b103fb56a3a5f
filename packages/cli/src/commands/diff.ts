import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const diff = command({
  details:
    "Compares the configuration with what is deployed: what would be added, changed, replaced or removed, what data would go,\n" +
    "and who could do more than before. Changes nothing. Needs credentials that may read CloudFormation.",
  args: {
    ...environmentArgs,
    only: {
      type: "string",
      valueHint: "part",
      description: "One part: network, data, cluster, guard, compute, monitoring, access",
    },
    image: {
      type: "string",
      valueHint: "uri@sha256:…",
      description: "As if this image ran (default: the one that runs)",
    },
  },
  examples: [
    { command: "aloft diff --env production", does: "what would a deployment change?" },
    { command: "aloft diff --env staging --json | jq .widens", does: "who would be allowed more?" },
  ],
  async run(context) {
    const { config, env, only, image, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { runDiff } = await import("../landing/deploying/run-diff.ts");
    return runDiff(ioOf(context), await loadAppConfig({ config, env }), { only, image, json: json === true });
  },
});
