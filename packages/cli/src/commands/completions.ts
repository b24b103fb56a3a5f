import { command, ioOf, jsonArg } from "../command.ts";
import { printJson } from "../io.ts";

export const completions = command({
  args: {
    shell: { type: "positional", required: true, valueHint: "bash|zsh|fish", description: "Your shell:" },
    ...jsonArg,
  },
  examples: [
    { command: "source <(aloft completions bash)", does: "this bash session; put it into ~/.bashrc to keep it" },
    { command: "source <(aloft completions zsh)", does: "this zsh session, after compinit; or in ~/.zshrc" },
    { command: "aloft completions fish > ~/.config/fish/completions/aloft.fish", does: "fish, for good" },
  ],
  async run(context) {
    const { completionScript, readTree } = await import("../completions/completions.ts");
    const { root } = await import("./root.ts");
    const shell = context.args.shell as "bash" | "zsh" | "fish";
    const script = completionScript(shell, await readTree(root));
    if (context.args.json) printJson(ioOf(context), { ok: true, shell, script });
    else ioOf(context).out.write(script);
  },
});
