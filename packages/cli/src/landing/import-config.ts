import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { CliError } from "../errors.ts";
import { importModule } from "../import-module.ts";
import { missingPackage } from "./load-infra.ts";

/** What a configuration file exports as default. @throws {CliError} with what is wrong and where. */
export async function importConfig(file: string): Promise<unknown> {
  const module = await imported(file);
  if (module.default !== undefined) return module.default;
  const example = 'export default defineApp({ name: "chat", topology: "solo", environments: { dev: {} } });';
  throw new CliError("config_invalid", `${file} has no default export. It ends like this:\n  ${example}`);
}

async function imported(file: string): Promise<{ readonly default?: unknown }> {
  const restore = muteModuleTypeWarning();
  try {
    return await importModule<{ default?: unknown }>(file);
  } catch (cause) {
    throw new CliError("config_invalid", whyNot(file, cause), { cause });
  } finally {
    restore();
  }
}

function whyNot(file: string, cause: unknown): string {
  const missing = missingPackage(cause);
  if (missing !== undefined) {
    const install = missing === "@aloft/infra" ? "@aloft/cli @aloft/infra" : missing;
    return `${file} imports ${missing}, which is not installed: npm install --save-dev ${install}`;
  }
  if (!(cause instanceof Error)) return `${file} cannot be loaded: ${String(cause)}`;
  if (cause.name === "SyntaxError") {
    const hint =
      code(cause) === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX" ? " Node only strips types: write it without." : "";
    return `${file} is not valid: ${cause.message}.${hint}${excerpt(file, cause)}`;
  }
  if (code(cause) === "ERR_MODULE_NOT_FOUND") {
    return `${file} cannot be loaded: ${cause.message}. Imports of files need their ending, such as "./names.ts".`;
  }
  return `${file} cannot be loaded${placeOf(file, cause)}: ${cause.message}`;
}

function code(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

/** ` (line 3)`, if the error's stack names the file. */
function placeOf(file: string, { stack = "" }: Error): string {
  for (const name of [file, pathToFileURL(file).href]) {
    const at = stack.indexOf(`${name}:`);
    const line = at < 0 ? undefined : /^:(\d+)/.exec(stack.slice(at + name.length))?.[1];
    if (line !== undefined) return ` (line ${line})`;
  }
  return "";
}

/** The lines that Node shows above a syntax error, with the mark under what is wrong. */
function excerpt(file: string, { stack = "" }: Error): string {
  const shown = stack.startsWith("SyntaxError") ? checked(file) : stack;
  const head = shown.slice(0, Math.max(0, shown.indexOf("SyntaxError")));
  const [at = "", ...code] = head.split("\n").filter((line) => line.trim() !== "");
  const line = /:(\d+)$/.exec(at)?.[1];
  const lines = line === undefined ? [] : [`line ${line}:`, ...code.slice(0, 5)];
  return lines.map((one) => `\n  ${one}`).join("");
}

/** Errors of JavaScript say where they are on the way out of Node only. */
function checked(file: string): string {
  return spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr;
}

/**
 * Node warns of a folder whose package.json does not say that it holds modules, which one beside a program in another
 * language does not: the file is loaded all the same.
 */
function muteModuleTypeWarning(): () => void {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: readonly unknown[]) => {
    const [options] = rest;
    const about = typeof options === "object" && options !== null && "code" in options ? options.code : rest[1];
    if (about !== "MODULE_TYPELESS_PACKAGE_JSON") Reflect.apply(emit, process, [warning, ...rest]);
  };
  return () => {
    process.emitWarning = emit;
  };
}
