import { command, dataArg, ioOf, jsonArg } from "../command.ts";
import { painter, printJson } from "../io.ts";

export const link = command({
  details: "For the server that runs on the data folder. The link works once, within 15 minutes.",
  args: {
    user: { type: "string", valueHint: "id|email", description: "Whom it signs in (default: the owner)" },
    ...dataArg,
    open: { type: "boolean", description: "Open it in the browser" },
    ...jsonArg,
  },
  examples: [
    { command: "aloft link --open", does: "sign in as the owner, in the browser" },
    { command: "aloft link --user ada@example.com", does: "a link to hand to somebody who lost their session" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { user, data, json, open } = context.args;
    const { makeLink } = await import("../up/make-link.ts");
    const made = await makeLink(io, { data, user });
    if (json === true) printJson(io, { ok: true, ...made });
    else {
      io.out.write(`${made.url}\n`);
      io.err.write(`${painter(io.err, io.env)("dim", `Works once, until ${made.expiresAt}.`)}\n`);
    }
    if (open === true) await (await import("../up/open-browser.ts")).openBrowser(io, made.url);
  },
});
