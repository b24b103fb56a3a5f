import { command, dataArg, ioOf, listenArgs, portNumber } from "../command.ts";
import { printJson } from "../io.ts";

export const up = command({
  details:
    "Everything it keeps is in the data folder: stop it at any moment and start it again.\n" +
    "Settings come from the environment and from .env beside it; options win over both.",
  args: {
    ...listenArgs,
    ...dataArg,
    open: { type: "boolean", description: "Open the console in the browser" },
    json: { type: "boolean", description: "When ready, print one line of JSON; log to standard error" },
  },
  examples: [
    { command: "aloft up", does: "start, and print the link that signs you in" },
    { command: "aloft up --port 0 --data /tmp/try --open", does: "a throwaway on any free port, in the browser" },
    { command: "ANTHROPIC_API_KEY=sk-ant-… aloft up", does: "with a real model" },
    { command: "aloft up --json | jq -r .signInUrl", does: "for programs" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { host, data, json, open } = context.args;
    const port = await portNumber(context.args.port);
    const options = {
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(data === undefined ? {} : { dataDir: data }),
      pretty: json !== true && io.err.isTTY === true,
    };
    const { start } = await import("../up/start.ts");
    const running = await start(io, options);
    const { url, dataDir } = running.server;
    const signInUrl = await running.server.createSignInLink();
    if (json === true) printJson(io, { ready: true, url, signInUrl, dataDir });
    else io.out.write((await import("../up/banner.ts")).banner(io, running, signInUrl));
    if (open === true) await (await import("../up/open-browser.ts")).openBrowser(io, signInUrl);
    await running.stopped;
    return 0;
  },
});
