import type { CompletionNode } from "./completions.ts";

/** Every command is a function of its own; a group reads its first word and hands over. */
export function zshScript(tree: readonly CompletionNode[]): string {
  return `#compdef aloft
# zsh completion of aloft; load it after compinit with: source <(aloft completions zsh)
${tree.map(zshFunction).join("\n")}
if [ "\${funcstack[1]}" = "_aloft" ]; then _aloft "$@"; else compdef _aloft aloft; fi
`;
}

function functionName(words: readonly string[]): string {
  return ["_aloft", ...words].join("_");
}

function zshFunction({ words, commands, choices, options }: CompletionNode): string {
  const specs = options.map(({ name, description, value }) => {
    const action = value === undefined ? "" : `:${name}:${value === "folder" ? "_files -/" : ""}`;
    return quote(`--${name}[${escape(description)}]${action}`);
  });
  if (choices.length > 0) specs.push(quote(`1:${words.at(-1) ?? ""}:(${choices.join(" ")})`));
  if (commands.length === 0) return `${functionName(words)}() {\n  _arguments ${specs.join(" ")}\n}`;
  const described = commands.map(({ name, description }) => quote(`${name}:${escape(description)}`));
  const cases = commands.map(({ name }) => `        ${name}) ${functionName([...words, name])} ;;`);
  return `${functionName(words)}() {
  local state line
  _arguments -C ${specs.join(" ")} '1: :->command' '*:: :->rest'
  case "$state" in
    command) local -a commands=(${described.join(" ")}); _describe command commands ;;
    rest)
      case "$line[1]" in
${cases.join("\n")}
      esac ;;
  esac
}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function escape(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}
