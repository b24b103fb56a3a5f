import { choicesOf, type Command, type CommandGroup, isGroup, takesValue } from "../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";
import type { ArgDef } from "citty";

export interface CompletionOption {
  readonly name: string;
  readonly description: string;
  /** What the shell offers for its value; undefined: the option takes none. */
  readonly value: "folder" | "any" | undefined;
}

/** One command as completions see it. */
export interface CompletionNode {
  /** The words that lead here, `aloft` left out. */
  readonly words: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly choices: readonly string[];
  readonly options: readonly CompletionOption[];
}

/** Every command of the tree, parents before their children. */
export async function readTree(
  command: Command | CommandGroup,
  words: readonly string[] = [],
): Promise<CompletionNode[]> {
  const children = isGroup(command) ? Object.entries(command.subCommands) : [];
  const definitions = Object.entries(command.args);
  const help = { name: "help", description: "Show help", value: undefined };
  const version = { name: "version", description: "Print the version", value: undefined };
  const node: CompletionNode = {
    words,
    commands: children.map(([name, { does }]) => ({ name, description: does })),
    choices: definitions.flatMap(([, definition]) => (definition.type === "positional" ? choicesOf(definition) : [])),
    options: [...definitions.flatMap(completionOption), help, ...(words.length === 0 ? [version] : [])],
  };
  const below = children.map(async ([name, { load }]) => readTree(await load(), [...words, name]));
  return [node, ...(await Promise.all(below)).flat()];
}

function completionOption([name, definition]: [string, ArgDef]): CompletionOption[] {
  if (definition.type === "positional") return [];
  const value = definition.valueHint === "folder" ? "folder" : "any";
  return [{ name, description: definition.description ?? "", value: takesValue(definition) ? value : undefined }];
}

export function completionScript(shell: "bash" | "zsh" | "fish", tree: readonly CompletionNode[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](tree);
}
