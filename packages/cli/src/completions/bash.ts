import type { CompletionNode } from "./completions.ts";

/** Walks the words typed so far down the tree, then offers what that command knows. */
export function bashScript(tree: readonly CompletionNode[]): string {
  const valued = [...new Set(tree.flatMap(({ options }) => options.filter((o) => o.value !== undefined)))];
  const names = (value: "folder" | "any") =>
    [...new Set(valued.filter((o) => o.value === value).map((o) => `--${o.name}`))].join("|");
  return `# bash completion of aloft; load it with: source <(aloft completions bash)
_aloft() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" path="" offers="" i
  case "$previous" in
    ${names("folder")}) COMPREPLY=($(compgen -d -- "$word")); return ;;
    ${names("any")}) COMPREPLY=(); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
${tree
  .filter(({ words }) => words.length > 0)
  .map(({ words }) => `      "/${words.join("/")}") path="/${words.join("/")}" ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${tree.map((node) => `    "${node.words.map((word) => `/${word}`).join("")}") offers="${offers(node)}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$offers" -- "$word"))
}
complete -F _aloft aloft
`;
}

function offers({ commands, choices, options }: CompletionNode): string {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ name }) => `--${name}`)].join(" ");
}
