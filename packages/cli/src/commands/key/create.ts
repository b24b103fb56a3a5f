import { command, dataArg, ioOf, jsonArg } from "../../command.ts";
import { painter, printJson } from "../../io.ts";

export const create = command({
  details:
    "The key is the only thing on standard output; it cannot be shown again.\n" +
    "Programs send it as `Authorization: Bearer <key>`.",
  args: {
    name: { type: "string", required: true, valueHint: "text", description: "What the key is for" },
    user: { type: "string", valueHint: "id|email", description: "Whose key it is (default: the owner's)" },
    scopes: { type: "string", valueHint: "a,b", description: "What it may do, such as agents:read (default: all)" },
    "expires-in": { type: "string", valueHint: "time", description: "12h, 30d, 8w, 1y or never (default: 90d)" },
    ...dataArg,
    ...jsonArg,
  },
  examples: [
    { command: "aloft key create --name laptop-script", does: "may do everything, for 90 days" },
    {
      command: "aloft key create --name reader --scopes conversations:read,agents:read --expires-in 1y",
      does: "may only read",
    },
    { command: 'export ALOFT_KEY="$(aloft key create --name ci)"', does: "straight into a variable" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { name, user, scopes, data, json } = context.args;
    const { parseKeyOptions, createKey } = await import("../../keys/create-key.ts");
    const options = parseKeyOptions({ name, scopes, expiresIn: context.args["expires-in"] });
    const created = await createKey(io, { data, user }, options);
    if (json === true) {
      printJson(io, { ok: true, ...created });
      return;
    }
    const { id, expiresAt } = created;
    const ends = expiresAt === undefined ? "does not expire" : `expires on ${expiresAt.slice(0, 10)}`;
    const note = `${id} (${created.name}) ${ends}. Keep it now: it is shown this once.`;
    io.out.write(`${created.key}\n`);
    io.err.write(`${painter(io.err, io.env)("dim", note)}\n`);
  },
});
