import { command, ioOf } from "../../command.ts";
import { dataArgs, dataDetails } from "./args.ts";

export const pull = command({
  details: dataDetails,
  args: {
    ...dataArgs,
    to: { type: "string", valueHint: "store", description: "An environment's name, or a store (default: configured)" },
  },
  examples: [
    { command: "aloft data pull --env staging --to sqlite:./data", does: "staging's data onto a laptop" },
    {
      command: "aloft data pull --env production --to staging",
      does: "production's data into staging, which is empty",
    },
    {
      command: "aloft data pull --env staging --through env:TUNNEL --to sqlite:./data",
      does: "from RDS, through a tunnel",
    },
  ],
  async run(context) {
    const { config, env, through, journal, to, json } = context.args;
    const { runData } = await import("../../landing/deploying/run-data.ts");
    const intoProduction = context.args["into-production"] === true;
    return runData(ioOf(context), {
      config,
      env,
      direction: "pull",
      other: to,
      through,
      journal,
      intoProduction,
      json: json === true,
    });
  },
});
