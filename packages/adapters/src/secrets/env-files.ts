import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { InvalidError } from "@aloft/core/errors";

/** Later files win over earlier ones. */
const files = [".env", ".env.local"] as const;

/**
 * What the `.env` files of a folder say, `.env.local` before `.env`.
 * @throws {InvalidError} a file is there and cannot be read.
 */
export function readEnvFiles(folder: string): Readonly<Record<string, string>> {
  const merged: Record<string, string> = {};
  // Bundlers that follow file names, such as Turbopack, would take the whole folder for part of the program.
  for (const file of files) Object.assign(merged, readEnvFile(join(/* turbopackIgnore: true */ folder, file)) ?? {});
  return merged;
}

/** The variables of one `.env` file; undefined if there is no such file. @throws {InvalidError} it cannot be read. */
export function readEnvFile(path: string): Readonly<Record<string, string>> | undefined {
  try {
    return parseEnv(readFileSync(/* turbopackIgnore: true */ path, "utf8")) as Record<string, string>;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT") return undefined;
    throw new InvalidError(`${path} cannot be read (${code}). Try: chmod u+r ${path}`, [], { cause });
  }
}

const quotes = ["", "'", '"', "`"] as const;

/**
 * Variables as a `.env` file that `node:util` reads back exactly.
 * @throws {InvalidError} naming the variables that no such file can hold: with a carriage return, or with ' and ` and, besides,
 * " or the two characters \\n.
 */
export function formatEnvFile(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => ({ name, line: formatLine(name, value) }));
  const impossible = lines.filter(({ line }) => line === undefined).map(({ name }) => name);
  if (impossible.length > 0) {
    const why = "A .env file cannot hold a carriage return, nor a value that no kind of quotes can go around:";
    throw new InvalidError(`${why} ${impossible.join(", ")}.`);
  }
  return lines.map(({ line }) => `${line}\n`).join("");
}

function formatLine(name: string, value: string): string | undefined {
  return quotes.map((quote) => `${name}=${quote}${value}${quote}`).find((line) => holds(line, name, value));
}

/** Whether a line gives the value back, to a careful reader: bare values have nothing that a shell would change. */
function holds(line: string, name: string, value: string): boolean {
  if (line === `${name}=${value}` && !/^[\w@%+=:,./-]+$/.test(value)) return false;
  const after = `${name}_AFTER`;
  const read = parseEnv(`${line}\n${after}=1\n`);
  return read[name] === value && read[after] === "1" && Object.keys(read).length === 2;
}
