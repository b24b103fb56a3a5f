import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const deploy = command({
  details:
    "Looks first: credentials, account, quotas, domain, certificate, secrets, other deployments. Then says what changes, asks if\n" +
    "data goes or more is allowed, and deploys part by part: what keeps data, image, migration, what takes requests, watch.\n" +
    "If the migration fails, what was running goes on running. Stopped or failed, the same command goes on where it was.",
  args: {
    ...environmentArgs,
    only: {
      type: "string",
      valueHint: "part",
      description: "One part: network, data, cluster, guard, compute, monitoring, access",
    },
    image: { type: "string", valueHint: "uri@sha256:…", description: "An image that is there, instead of building it" },
    yes: { type: "boolean", description: "Agree to everything; needed where nobody is at a terminal" },
    quiet: { type: "boolean", description: "No line for each resource (default: where CI is set)" },
  },
  examples: [
    { command: "aloft deploy", does: "deploy the only environment there is, asking before what matters" },
    {
      command: "aloft deploy --env production --yes --image $IMAGE",
      does: "in CI, with the image that was built there",
    },
    { command: "aloft deploy --env staging --only data", does: "just what keeps data" },
    {
      command: "aloft deploy --env dev --yes --json 2>progress.ndjson",
      does: "for programs: progress on stderr, the result on stdout",
    },
  ],
  async run(context) {
    const io = ioOf(context);
    const { config, env, only, image, yes, quiet, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const loaded = await loadAppConfig({ config, env });
    const { partNamed, runDeploy } = await import("../landing/deploying/run-deploy.ts");
    const part = await partNamed(only);
    const { imageChoice } = await import("../landing/deploying/image-choice.ts");
    const builds = part === undefined || image !== undefined;
    return runDeploy(io, loaded, {
      only,
      image: builds ? await imageChoice(loaded, image) : undefined,
      yes: yes === true,
      json: json === true,
      quiet: quiet === true || (io.env["CI"] ?? "") !== "",
    });
  },
});
