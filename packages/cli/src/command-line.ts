import { parseArgs } from "node:util";
import type { ArgsDef } from "citty";
import { type Asked, choicesOf, isGroup, takesValue } from "./command.ts";
import { type CliError, usageError } from "./errors.ts";
import { closest } from "./suggest.ts";

const globalOptions = ["help", "version", "json"] as const;

export function unknownCommand({ command, path }: Asked, word: string): CliError {
  const names = isGroup(command) ? Object.keys(command.subCommands) : [];
  const meant = closest(word, names);
  const all = path.join(" ");
  const hint =
    meant === undefined ? `There are: ${names.join(", ")}. See ${all} --help.` : `Did you mean "${all} ${meant}"?`;
  return usageError("unknown_command", `There is no command "${all} ${word}". ${hint}`);
}

export function missingCommand({ command, path }: Asked): CliError {
  const names = isGroup(command) ? Object.keys(command.subCommands) : [];
  const all = path.join(" ");
  return usageError("missing_command", `${all} needs a command: ${names.join(", ")}. See ${all} --help.`);
}

/** Refuses what the command does not declare. @throws {CliError} with exit code 2, naming the option or argument. */
export function checkArguments(asked: Asked): void {
  const definitions = asked.command.args;
  const { tokens } = parseArgs({
    args: ownWords(asked),
    options: parserOptions(definitions),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = new Set<string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    checkOption(asked, definitions, token);
    given.add(token.name);
  }
  if (isGroup(asked.command)) throw missingCommand(asked);
  checkRequired(asked, definitions, given, strayOf(definitions, positionals));
  checkPositionals(asked, definitions, positionals);
}

function takesProgram({ command }: Asked): boolean {
  return !isGroup(command) && command.program === true;
}

/** Without the program that comes after `--`. */
function ownWords(asked: Asked): string[] {
  const end = takesProgram(asked) ? asked.rest.indexOf("--") : -1;
  return asked.rest.slice(0, end < 0 ? undefined : end);
}

type ParserOption = { type: "boolean" | "string"; short?: string };

function parserOptions(definitions: ArgsDef): Record<string, ParserOption> {
  const options: Record<string, ParserOption> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean" },
    json: { type: "boolean" },
  };
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type !== "positional") options[name] = { type: takesValue(definition) ? "string" : "boolean" };
  }
  return options;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function checkOption(asked: Asked, definitions: ArgsDef, { name, rawName, value }: OptionToken): void {
  const own = Object.keys(definitions).filter((option) => definitions[option]?.type !== "positional");
  const known = [...new Set([...globalOptions, ...own])];
  if (!known.includes(name)) {
    const meant = closest(name, known);
    const hint = meant === undefined ? `See ${asked.path.join(" ")} --help.` : `Did you mean "--${meant}"?`;
    throw usageError("unknown_option", `${asked.path.join(" ")} has no option "${rawName}". ${hint}`);
  }
  const definition = definitions[name];
  if (definition === undefined || !takesValue(definition)) {
    if (value !== undefined) throw usageError("invalid_option", `--${name} is a switch: it takes no value.`);
    return;
  }
  if (value === undefined || value === "" || /^-\D/.test(value)) {
    throw usageError("invalid_option", `--${name} needs a value: --${name} <${definition.valueHint ?? name}>.`);
  }
  if (definition.type === "enum") checkChoice(`--${name}`, definition.options ?? [], value);
}

function checkRequired(
  asked: Asked,
  definitions: ArgsDef,
  given: ReadonlySet<string>,
  stray: string | undefined,
): void {
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type === "positional" || definition.required !== true || given.has(name)) continue;
    const example = stray === undefined ? `--${name} <${definition.valueHint ?? name}>` : `--${name} ${stray}`;
    throw usageError("missing_option", `${asked.path.join(" ")} needs --${name}, as in: ${example}`);
  }
}

/** The first word that the command has no place for: it may be meant for an option. */
function strayOf(definitions: ArgsDef, positionals: readonly string[]): string | undefined {
  return positionals[Object.values(definitions).filter(({ type }) => type === "positional").length];
}

function checkPositionals(asked: Asked, definitions: ArgsDef, given: readonly string[]): void {
  const declared = Object.entries(definitions).filter(([, definition]) => definition.type === "positional");
  const extra = given[declared.length];
  if (extra !== undefined) {
    const hint = takesProgram(asked)
      ? ` The program comes after --, as in: ${asked.path.join(" ")} -- node app.js`
      : "";
    throw usageError("unexpected_argument", `${asked.path.join(" ")} does not know what to do with "${extra}".${hint}`);
  }
  for (const [index, [name, definition]] of declared.entries()) {
    const value = given[index];
    const choices = choicesOf(definition);
    if (value === undefined && definition.required !== false) {
      const hint = choices.length === 0 ? "" : `: ${choices.join(", ")}`;
      throw usageError("missing_argument", `${asked.path.join(" ")} needs <${name}>${hint}.`);
    }
    if (value !== undefined && choices.length > 0) checkChoice(`<${name}>`, choices, value);
  }
}

function checkChoice(what: string, choices: readonly string[], value: string): void {
  if (choices.includes(value)) return;
  const meant = closest(value, choices);
  const hint = meant === undefined ? `It may be ${choices.join(", ")}.` : `Did you mean "${meant}"?`;
  throw usageError("invalid_value", `${what} cannot be "${value}". ${hint}`);
}
