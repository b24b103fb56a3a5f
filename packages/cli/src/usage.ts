import type { ArgDef } from "citty";
import { type Asked, choicesOf, isGroup, takesValue } from "./command.ts";
import type { Paint } from "./io.ts";
import { paragraph } from "./text.ts";

type Row = readonly [term: string, meaning: string];

/** The help of a command: what it does, how to call it, examples; in lines of at most `columns`, where that is known. */
export function usage(asked: Asked, paint: Paint, columns = Number.POSITIVE_INFINITY): string {
  const { command, does } = asked;
  const sections = [
    [does, ...(command.details === undefined ? [] : [command.details])]
      .map((text) => fitted(text, columns))
      .join("\n\n"),
    `${paint("bold", "Usage")}  ${usageLine(asked)}`,
    section("Commands", commandRows(asked), paint, columns),
    section("Arguments", argumentRows(asked), paint, columns),
    section("Options", optionRows(asked), paint, columns),
    examples(asked, paint),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

/** A narrow terminal breaks lines itself, within words: break them between words, where they do not fit. */
function fitted(text: string, columns: number): string {
  return text.split("\n").every((line) => line.length <= columns) ? text : paragraph(text, columns, 0);
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

const leastMeaning = 32;

function section(title: string, rows: readonly Row[], paint: Paint, columns: number): string {
  if (rows.length === 0) return "";
  const width = Math.max(...rows.map(([term]) => term.length));
  const indent = width + 4;
  const beside = columns - indent >= leastMeaning;
  const lines = rows.map(([term, meaning]) => {
    const shown = `  ${paint("cyan", term)}`;
    if (!beside) return `${shown}\n${paragraph(meaning, columns, 8)}`;
    return `${shown}${" ".repeat(width - term.length)}  ${paragraph(meaning, columns, indent).trimStart()}`;
  });
  return [paint("bold", title), ...lines].join("\n");
}

function examples({ command }: Asked, paint: Paint): string {
  const lines = command.examples.flatMap(({ command, does }) => [`  ${paint("dim", `# ${does}`)}`, `  ${command}`]);
  return [paint("bold", "Examples"), ...lines].join("\n");
}
