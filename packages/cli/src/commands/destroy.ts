import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const destroy = command({
  details:
    "Removes what was deployed, the last made first, and lists what remains with what it costs a month. What users stored stays,\n" +
    "unless --delete-data says otherwise: then buckets are emptied and protection is taken off, once the app's name is typed.\n" +
    "Needs no secret's value.",
  args: {
    ...environmentArgs,
    "delete-data": { type: "boolean", description: "Also tables or database, files, keys, secrets and images" },
    yes: { type: "boolean", description: "Agree; with --delete-data: to that as well, without typing the name" },
    quiet: { type: "boolean", description: "No line for each resource (default: where CI is set)" },
  },
  examples: [
    { command: "aloft destroy --env dev", does: "stop paying for what runs, and keep the data" },
    { command: "aloft destroy --env dev --delete-data", does: "everything" },
    { command: "aloft destroy --env dev --delete-data --yes --json", does: "for programs" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { config, env, yes, quiet, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { runDestroy } = await import("../landing/deploying/run-destroy.ts");
    return runDestroy(io, await loadAppConfig({ config, env }), {
      deleteData: context.args["delete-data"] === true,
      yes: yes === true,
      json: json === true,
      quiet: quiet === true || (io.env["CI"] ?? "") !== "",
    });
  },
});
