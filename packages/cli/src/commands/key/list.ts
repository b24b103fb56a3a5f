import { command, dataArg, ioOf, jsonArg } from "../../command.ts";
import { painter, printJson } from "../../io.ts";

export const list = command({
  args: {
    user: { type: "string", valueHint: "id|email", description: "Whose keys (default: the owner's)" },
    ...dataArg,
    ...jsonArg,
  },
  examples: [
    { command: "aloft key list", does: "the owner's keys" },
    { command: "aloft key list --user ada@example.com --json", does: "somebody else's, for a program" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { user, data, json } = context.args;
    const { listKeys } = await import("../../keys/list-keys.ts");
    const keys = await listKeys(io, { data, user });
    if (json === true) printJson(io, { ok: true, keys });
    else {
      const { keyTable } = await import("../../keys/key-table.ts");
      io.out.write(keyTable(keys, new Date(), painter(io.out, io.env)));
    }
  },
});
