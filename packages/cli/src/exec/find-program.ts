import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { CliError } from "../errors.ts";

/** A program as the kernel is to be given it. */
export interface Program {
  readonly path: string;
  /** With the name it was called by. */
  readonly args: readonly string[];
}

const exitCodes = { notFound: 127, notExecutable: 126 } as const;
const shell = "/bin/sh";

/**
 * Finds what a shell would run for these words. A text without a first line that names an interpreter is given to the
 * shell, as shells do.
 * @throws {CliError} with exit code 127, not there, or 126, there and not to be run.
 */
export function findProgram(words: readonly string[], env: NodeJS.ProcessEnv): Program {
  const [name = "", ...args] = words;
  const path = name.includes("/") ? resolve(name) : onPath(name, env["PATH"] ?? "");
  if (path === undefined || !existsSync(path)) {
    const where = name.includes("/") ? "There is no such file" : "It is in no folder of PATH";
    throw new CliError("program_not_found", `"${name}" cannot be started: not found. ${where}.`, {
      exitCode: exitCodes.notFound,
    });
  }
  if (statSync(path).isDirectory()) throw notExecutable(path, "it is a folder. Name a program in it.");
  if (!isExecutable(path)) throw notExecutable(path, `it may not be executed. Try: chmod +x ${path}`);
  const interpreter = interpreterOf(path);
  if (interpreter === "none") return { path: shell, args: [shell, path, ...args] };
  if (interpreter !== undefined && !existsSync(interpreter)) throw withoutInterpreter(path, interpreter);
  return { path, args: [name, ...args] };
}

/** As a shell looks: the first file that may be executed; else the first of the name, to say why not. */
function onPath(name: string, path: string): string | undefined {
  if (name === "") return undefined;
  const found = path
    .split(delimiter)
    .map((folder) => join(folder === "" ? "." : folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  const first = found.find(isExecutable) ?? found[0];
  return first === undefined ? undefined : resolve(first);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What the kernel would start a file with: the interpreter of a script, the loader of a dynamic ELF program.
 * @returns undefined: nothing else, or nothing that can be told; `none`: it is no program but a text.
 */
function interpreterOf(path: string): string | undefined {
  const head = headOf(path);
  const text = head.toString("latin1");
  if (text.startsWith("#!")) {
    const [line = ""] = text.slice(2).split("\n", 1);
    return line.trimStart().split(/[ \t]/, 1)[0];
  }
  if (text.startsWith("\u007fELF")) return loaderOf(head);
  return head.includes(0) || head.length === 0 ? undefined : "none";
}

const headBytes = 4096;

function headOf(path: string): Buffer {
  const buffer = Buffer.alloc(headBytes);
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    // What may be executed need not be readable.
    return Buffer.alloc(0);
  }
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}

const interpreterSegment = 3;

/** @see https://man7.org/linux/man-pages/man5/elf.5.html */
function loaderOf(head: Buffer): string | undefined {
  const [is64Bit, isLittleEndian] = [head[4] === 2, head[5] === 1];
  if (!is64Bit || !isLittleEndian || head.length < 64) return undefined;
  const [table, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let i = 0; i < count; i++) {
    const at = table + i * size;
    if (at + 56 > head.length) return undefined;
    if (head.readUInt32LE(at) !== interpreterSegment) continue;
    const [from, bytes] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))];
    return from + bytes > head.length ? undefined : head.toString("latin1", from, from + bytes - 1);
  }
  return undefined;
}

function notExecutable(path: string, why: string): CliError {
  return new CliError("program_not_executable", `${path} cannot be started: ${why}`, {
    exitCode: exitCodes.notExecutable,
  });
}

function withoutInterpreter(path: string, interpreter: string): CliError {
  const hint = interpreter.endsWith("\r")
    ? "Its lines end as on Windows: write it with \\n alone."
    : `It needs ${interpreter}, which is not here. Install that, or build the program for this system.`;
  return new CliError("program_not_found", `${path} cannot be started. ${hint}`, { exitCode: exitCodes.notFound });
}
