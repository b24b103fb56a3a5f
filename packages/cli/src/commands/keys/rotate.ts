import { command, dataArg, ioOf, jsonArg } from "../../command.ts";

export const rotate = command({
  details:
    "What older keys sealed still opens. --minimum refuses what keys older than that version sealed, once nothing is.\n" +
    "A new signing key is published for an hour before it signs, and the old one until its last token has ended.",
  args: {
    what: {
      type: "positional",
      required: true,
      valueHint: "sealing|signing",
      description: "The key that seals what is stored, or the one that signs tokens",
    },
    minimum: { type: "string", valueHint: "version", description: "Refuse what keys older than this version sealed" },
    reseal: { type: "boolean", description: "Then seal anew what older keys sealed" },
    yes: { type: "boolean", description: "Do not ask" },
    ...dataArg,
    ...jsonArg,
  },
  examples: [
    { command: "aloft keys rotate sealing --reseal", does: "a new key for everything" },
    { command: "aloft keys rotate sealing --minimum 3 --yes", does: "and from now on refuse versions 1 and 2" },
    { command: "aloft keys rotate signing", does: "a new key for tokens" },
  ],
  async run(context) {
    const io = ioOf(context);
    const { what, minimum, reseal, yes, data, json } = context.args;
    const { parseRotation, runRotation } = await import("../../master-keys/run-rotation.ts");
    const asked = parseRotation({ what, minimum, reseal: reseal === true });
    return runRotation(io, asked, { data, yes: yes === true, json: json === true });
  },
});
