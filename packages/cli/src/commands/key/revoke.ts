import { command, dataArg, ioOf, jsonArg } from "../../command.ts";
import { printJson } from "../../io.ts";

export const revoke = command({
  details: "Whoever uses the key is refused from then on, by a running server too.",
  args: {
    id: {
      type: "positional",
      required: true,
      description: "The key's id, as `aloft key list` shows it, or the key itself",
    },
    ...dataArg,
    ...jsonArg,
  },
  examples: [{ command: "aloft key revoke key_01JCZKM4T9Y7W3V1Q8N5X2R6BD", does: "by its id" }],
  async run(context) {
    const io = ioOf(context);
    const { revokeKey } = await import("../../keys/revoke-key.ts");
    const { id, name } = await revokeKey(io, context.args.data, context.args.id);
    if (context.args.json === true) printJson(io, { ok: true, id });
    else io.out.write(`Revoked ${id} (${name}).\n`);
  },
});
