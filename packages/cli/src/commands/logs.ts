import { command, ioOf } from "../command.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const logs = command({
  details:
    "Prints what the program logged, the oldest first; --json has one object a line. Reading logs costs nothing.",
  args: {
    ...environmentArgs,
    follow: { type: "boolean", description: "Go on until Ctrl-C" },
    since: { type: "string", valueHint: "time", description: "How far back: 30s, 10m, 2h, 1d (default: 10m)" },
    filter: {
      type: "string",
      valueHint: "pattern",
      description: "Only lines that a CloudWatch filter pattern matches",
    },
    migration: { type: "boolean", description: "What the migration logged, instead of the server" },
  },
  examples: [
    { command: "aloft logs --env production --follow", does: "watch" },
    {
      command: "aloft logs --env production --since 2h --filter '{ $.level = \"error\" }'",
      does: "errors of two hours",
    },
    { command: "aloft logs --env staging --migration --since 1d", does: "what the last migration said" },
  ],
  async run(context) {
    const { config, env, follow, since, filter, migration, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { runLogs } = await import("../landing/deploying/run-logs.ts");
    return runLogs(ioOf(context), await loadAppConfig({ config, env }), {
      since,
      filter,
      follow: follow === true,
      migration: migration === true,
      json: json === true,
    });
  },
});
