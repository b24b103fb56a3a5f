import { command, dataArg, ioOf, jsonArg } from "../../command.ts";
import { painter, printJson } from "../../io.ts";

export const status = command({
  args: { ...dataArg, ...jsonArg },
  examples: [
    { command: "aloft keys status", does: "versions, ages and what each is used for" },
    { command: "aloft keys status --json | jq '.sealing[] | select(.state == \"current\")'", does: "for programs" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { openMasterKeys } = await import("../../master-keys/open-master-keys.ts");
    await using keys = await openMasterKeys(io, context.args.data);
    await keys.check();
    const found = await keys.status();
    if (context.args.json === true) printJson(io, { ok: true, ...found });
    else {
      const { statusText } = await import("../../master-keys/status-text.ts");
      io.out.write(statusText(found, painter(io.out, io.env)));
    }
  },
});
