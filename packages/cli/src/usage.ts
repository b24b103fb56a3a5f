import type { ArgDef } from "citty";
import { type Asked, choicesOf, isGroup, takesValue } from "./command.ts";
import type { Paint } from "./io.ts";

type Row = readonly [term: string, meaning: string];

/** The help of a command: what it does, how to call it, examples. */
export function usage(asked: Asked, paint: Paint): string {
  const { command, does } = asked;
  const sections = [
    command.details === undefined ? does : `${does}\n\n${command.details}`,
    `${paint("bold", "Usage")}  ${usageLine(asked)}`,
    section("Commands", commandRows(asked), paint),
    section("Arguments", argumentRows(asked), paint),
    section("Options", optionRows(asked), paint),
    examples(asked, paint),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

function usageLine({ command, path }: Asked): string {
  const words = Object.entries(command.args)
    .filter(([, definition]) => definition.type === "positional")
    .map(([name, definition]) => (definition.required === false ? `[${name}]` : `<${name}>`));
  const program = !isGroup(command) && command.program === true ? ["--", "<program>", "[arguments]"] : [];
  return [...path, ...(isGroup(command) ? ["<command>"] : words), "[options]", ...program].join(" ");
}

function commandRows({ command }: Asked): readonly Row[] {
  return isGroup(command) ? Object.entries(command.subCommands).map(([name, { does }]) => [name, does]) : [];
}

function argumentRows({ command }: Asked): readonly Row[] {
  return Object.entries(command.args)
    .filter(([, definition]) => definition.type === "positional")
    .map(([name, definition]) => [name, described(definition)]);
}

function described(definition: ArgDef): string {
  const choices = choicesOf(definition).join(", ");
  return [definition.description ?? "", ...(choices === "" ? [] : [choices])].join(": ");
}

function optionRows({ command, path }: Asked): readonly Row[] {
  const own = Object.entries(command.args)
    .filter(([, definition]) => definition.type !== "positional")
    .map(([name, definition]): Row => {
      const value = takesValue(definition) ? ` <${definition.valueHint ?? name}>` : "";
      return [`    --${name}${value}`, definition.description ?? ""];
    });
  const help: Row = ["-h, --help", "Show this help"];
  return path.length === 1 ? [...own, help, ["    --version", "Print the version"]] : [...own, help];
}

function section(title: string, rows: readonly Row[], paint: Paint): string {
  if (rows.length === 0) return "";
  const width = Math.max(...rows.map(([term]) => term.length));
  const lines = rows.map(([term, meaning]) => `  ${paint("cyan", term)}${" ".repeat(width - term.length)}  ${meaning}`);
  return [paint("bold", title), ...lines].join("\n");
}

function examples({ command }: Asked, paint: Paint): string {
  const lines = command.examples.flatMap(({ command, does }) => [`  ${paint("dim", `# ${does}`)}`, `  ${command}`]);
  return [paint("bold", "Examples"), ...lines].join("\n");
}
