import type { ArgDef, ArgsDef, CommandContext, CommandDef } from "citty";
import type { Io } from "./io.ts";

export interface Example {
  readonly command: string;
  readonly does: string;
}

interface Helpful {
  /** More to say than the one line in the group's list. */
  readonly details?: string;
  readonly args: ArgsDef;
  readonly examples: readonly Example[];
}

/** A command: citty's, always with examples for its help. Its `run` may give an exit code. */
export interface Command<T extends ArgsDef = ArgsDef> extends Helpful {
  readonly args: T;
  /** A program with its arguments comes after `--`, which nobody but the command looks at. */
  readonly program?: true;
  // A method, so that commands of any arguments stand in one tree.
  run(context: CommandContext<T>): Promise<number | void>;
}

/** Commands by name. Each is described here, and loaded when it is needed: help costs no library's loading. */
export interface CommandGroup extends Helpful {
  readonly subCommands: Readonly<Record<string, SubCommand>>;
}

export interface SubCommand {
  readonly does: string;
  readonly load: () => Promise<Command | CommandGroup>;
}

export const jsonArg = {
  json: { type: "boolean", description: "Print one JSON object instead of text" },
} as const satisfies ArgsDef;

export const dataArg = {
  data: { type: "string", valueHint: "folder", description: "Data folder (default: ALOFT_DATA_DIR, else ./data)" },
} as const satisfies ArgsDef;

export const listenArgs = {
  port: {
    type: "string",
    valueHint: "number",
    description: "Port to listen on; 0: any free one (default: PORT, else 3000)",
  },
  host: { type: "string", valueHint: "address", description: "Address to listen on (default: HOST, else 127.0.0.1)" },
} as const satisfies ArgsDef;

/** @throws {CliError} with exit code 2. */
export async function portNumber(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  const { usageError } = await import("./errors.ts");
  throw usageError("invalid_value", `--port cannot be "${text}": it is a number from 0 to 65535, 0 for any free one.`);
}

export function command<const T extends ArgsDef>(definition: Command<T> & CommandDef<T>): Command {
  return definition as unknown as Command;
}

export function isGroup(candidate: Command | CommandGroup): candidate is CommandGroup {
  return "subCommands" in candidate;
}

export function ioOf(context: { readonly data?: unknown }): Io {
  return context.data as Io;
}

export function takesValue(definition: ArgDef): boolean {
  return definition.type === "string" || definition.type === "enum";
}

/** The values an argument may have; none means any. A positional names them in its value hint, as `bash|zsh|fish`. */
export function choicesOf(definition: ArgDef): readonly string[] {
  if (definition.type === "enum") return definition.options ?? [];
  if (definition.type !== "positional" || definition.valueHint?.includes("|") !== true) return [];
  return definition.valueHint.split("|");
}

/** What a command line asks for: the command at the end of its words, and what is left for that command. */
export interface Asked {
  readonly command: Command | CommandGroup;
  readonly does: string;
  /** The names that lead to the command, `aloft` first. */
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

/** Follows the words down the tree. @throws {CliError} `unknown_command`, with what may have been meant. */
export async function findCommand(root: CommandGroup, does: string, words: readonly string[]): Promise<Asked> {
  let asked: Asked = { command: root, does, path: ["aloft"], rest: words };
  for (let i = 0; isGroup(asked.command) && i < asked.rest.length;) {
    const word = asked.rest[i] ?? "";
    if (word === "--") break;
    if (word.startsWith("-")) {
      i++;
      continue;
    }
    const { subCommands } = asked.command;
    const found = Object.hasOwn(subCommands, word) ? subCommands[word] : undefined;
    if (found === undefined) throw (await import("./command-line.ts")).unknownCommand(asked, word);
    const rest = asked.rest.toSpliced(i, 1);
    asked = { command: await found.load(), does: found.does, path: [...asked.path, word], rest };
  }
  return asked;
}
