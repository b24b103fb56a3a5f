import type { CompletionNode } from "./completions.ts";

/** One line per offer, each under the condition that its command's words were typed. */
export function fishScript(tree: readonly CompletionNode[]): string {
  return `# fish completion of aloft; keep it with: aloft completions fish > ~/.config/fish/completions/aloft.fish
complete -c aloft -f
${tree.flatMap(fishLines).join("\n")}
`;
}

function fishLines({ words, commands, choices, options }: CompletionNode): string[] {
  const conditions = words.map((word) => `__fish_seen_subcommand_from ${word}`);
  if (commands.length > 0) {
    conditions.push(`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(" ")}`);
  }
  const at = `complete -c aloft -n ${quote(conditions.join("; and "))}`;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${name} -d ${quote(description)}`),
    ...choices.map((choice) => `${at} -a ${choice}`),
    ...options.map(({ name, description, value }) => {
      const argument = { folder: " -x -a '(__fish_complete_directories)'", any: " -x", none: "" }[value ?? "none"];
      return `${at} -l ${name}${argument} -d ${quote(description)}`;
    }),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
