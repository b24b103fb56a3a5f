import { command, ioOf } from "../../command.ts";
import { painter, printJson } from "../../io.ts";
import { targetArgs } from "./args.ts";

export const list = command({
  args: targetArgs,
  examples: [
    { command: "aloft secrets list --env prod", does: "names, variables, readers, and when each was changed" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { env, manifest, region, json } = context.args;
    const { listSecrets } = await import("../../secrets/list.ts");
    const listed = await listSecrets(io, { env, manifest, region });
    if (json === true) {
      printJson(io, { ok: true, ...listed });
      return;
    }
    const { columns } = await import("../../secrets/show.ts");
    const rows = listed.secrets.map(({ name, place, variables, readers, exists, changedAt }) => [
      name,
      place,
      variables.map(({ variable, required }) => (required === false ? variable : `${variable}*`)).join(", "),
      readers.join(", "),
      exists === undefined ? "may not ask" : exists ? (changedAt?.slice(0, 10) ?? "there") : "missing",
    ]);
    const [head = "", ...lines] = columns([["NAME", "PLACE", "VARIABLES (* required)", "READERS", "CHANGED"], ...rows]);
    io.out.write([painter(io.out, io.env)("bold", head), ...lines, ""].join("\n"));
  },
});
