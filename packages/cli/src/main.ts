import { type Asked, findCommand, isGroup } from "./command.ts";
import { root } from "./commands/root.ts";
import { type Io, painter, printJson } from "./io.ts";

const slogan = "Aloft: the backend an AI-agent product needs.";

/** Runs one command line and gives its exit code: 0 done, 1 could not, 2 the command line is wrong. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const json = own.includes("--json");
  try {
    if (own.find((word) => word !== "--json") === "--version") return await printVersion(json, io);
    const words = argv[0] === "help" ? argv.slice(1) : argv;
    const asked = await findCommand(root, slogan, words);
    const helpWanted = words !== argv || argv.length === 0 || own.includes("--help") || own.includes("-h");
    return await (helpWanted ? printHelp(asked, io) : run(asked, io));
  } catch (error) {
    return fail(error, json, io);
  }
}

async function run(asked: Asked, io: Io): Promise<number> {
  const { checkArguments } = await import("./command-line.ts");
  checkArguments(asked);
  if (isGroup(asked.command)) return 2;
  const { runCommand } = await import("citty");
  const { result } = await runCommand(asked.command, { rawArgs: [...asked.rest], data: io });
  return typeof result === "number" ? result : 0;
}

async function printHelp(asked: Asked, io: Io): Promise<number> {
  const { usage } = await import("./usage.ts");
  io.out.write(usage(asked, painter(io.out, io.env), io.out.columns));
  return 0;
}

async function printVersion(json: boolean, io: Io): Promise<number> {
  const { version } = await import("./version.ts");
  if (json) printJson(io, { ok: true, version });
  else io.out.write(`${version}\n`);
  return 0;
}

async function fail(error: unknown, json: boolean, io: Io): Promise<number> {
  const { describeError } = await import("./describe-error.ts");
  const { code, message, exitCode } = await describeError(error);
  if (json) printJson(io, { ok: false, error: { code, message } });
  else io.err.write(`${painter(io.err, io.env)(["red", "bold"], "error")} ${message}\n`);
  if (io.env["DEBUG"]?.split(",").includes("aloft") === true) {
    const { inspect } = await import("node:util");
    io.err.write(`${inspect(error)}\n`);
  }
  return exitCode;
}
