import { command, ioOf } from "../command.ts";
import { painter, printJson } from "../io.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const plan = command({
  details:
    "Offline, without credentials: draws what would run on AWS, says what it costs a month line by line, who may do what,\n" +
    "and what would be refused. Changes nothing. Its exit code is 1 if something is refused or a finding has no reason.",
  args: {
    ...environmentArgs,
    html: { type: "string", valueHint: "file", description: "Write the plan as one HTML page as well" },
    load: {
      type: "string",
      valueHint: "name=number,…",
      description: "What to price beside idle, such as turnsPerDay=5000,openConnections=300",
    },
    region: { type: "string", valueHint: "name", description: "Plan for this region instead of the configured one" },
    "no-checks": { type: "boolean", description: "Leave out cdk-nag, cfn-guard and Aloft's own rules: quicker" },
    verbose: { type: "boolean", description: "Also what costs nothing, every action, and each accepted finding" },
  },
  examples: [
    { command: "aloft plan", does: "what would be made, and what does it cost?" },
    { command: "aloft plan --env production --load turnsPerDay=20000", does: "what does a busy month cost?" },
    { command: "aloft plan --env staging --html plan.html", does: "a page to send around" },
    { command: "aloft plan --no-checks --json | jq .price.idleUsd", does: "for programs, and quickly" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { args } = context;
    const { makePlan, verdictOf } = await import("../landing/plan.ts");
    const { config, env, region, load } = args;
    // The parser takes a leading "no-" for the opposite of an option that is not there.
    const checks = !context.rawArgs.includes("--no-checks");
    const made = await makePlan({ config, env, region, load, checks, everyChoice: args.verbose });
    if (args.html !== undefined) {
      const { writePlanPage } = await import("../landing/plan-html.ts");
      await writePlanPage(args.html, made);
    }
    if (args.json === true) {
      const { planJson } = await import("../landing/plan-json.ts");
      printJson(io, planJson(made));
    } else {
      const { planText } = await import("../landing/plan-text.ts");
      const { showsUnicode } = await import("../landing/drawing.ts");
      const columns = Math.max(60, Math.min(io.out.columns ?? 80, 100));
      const verbose = args.verbose === true;
      io.out.write(planText(made, { paint: painter(io.out, io.env), columns, unicode: showsUnicode(io.env), verbose }));
      if (args.html !== undefined) io.out.write(`The same as a page: ${args.html}\n`);
    }
    return verdictOf(made).ok ? 0 : 1;
  },
});
