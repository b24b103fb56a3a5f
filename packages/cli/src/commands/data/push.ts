import { command, ioOf } from "../../command.ts";
import { dataArgs, dataDetails } from "./args.ts";

export const push = command({
  details: dataDetails,
  args: {
    ...dataArgs,
    from: {
      type: "string",
      valueHint: "store",
      description: "An environment's name, or a store (default: configured)",
    },
  },
  examples: [
    { command: "aloft data push --env dev --from sqlite:./data", does: "from a laptop to AWS" },
    {
      command: "aloft data push --env production --from staging --into-production",
      does: "the first data of production",
    },
  ],
  async run(context) {
    const { config, env, through, journal, from, json } = context.args;
    const { runData } = await import("../../landing/deploying/run-data.ts");
    const intoProduction = context.args["into-production"] === true;
    return runData(ioOf(context), {
      config,
      env,
      direction: "push",
      other: from,
      through,
      journal,
      intoProduction,
      json: json === true,
    });
  },
});
