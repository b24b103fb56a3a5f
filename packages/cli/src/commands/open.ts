import { command, ioOf } from "../command.ts";
import { printJson } from "../io.ts";
import { environmentArgs } from "../landing/environment-args.ts";

export const open = command({
  details: "Opens the deployed app in a browser.",
  args: environmentArgs,
  examples: [{ command: "aloft open --env staging", does: "open it" }],
  async run(context) {
    const io = ioOf(context);
    const { config, env, json } = context.args;
    const { loadAppConfig } = await import("../landing/app-config.ts");
    const { deployedUrl } = await import("../landing/deploying/deployed-url.ts");
    const url = await deployedUrl(await loadAppConfig({ config, env }));
    if (json === true) printJson(io, { ok: true, url });
    else {
      io.out.write(`${url}\n`);
      const { openBrowser } = await import("../up/open-browser.ts");
      await openBrowser(io, url);
    }
    return 0;
  },
});
