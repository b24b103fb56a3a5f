import { usageError } from "./errors.ts";
import type { Io } from "./io.ts";

/**
 * Asks at a terminal, and takes only a yes.
 * @throws {CliError} there is nobody to ask.
 */
export async function confirm(io: Io, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const ask = io.ask ?? (process.stdin.isTTY && io.err.isTTY === true ? askAtTerminal : undefined);
  if (ask === undefined) {
    throw usageError(
      "not_confirmed",
      "Nobody is at a terminal to say yes. Look at what would be done, then add --yes.",
    );
  }
  return /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}

async function askAtTerminal(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C and Ctrl-D are a no.
    return await Promise.race([
      terminal.question(question),
      new Promise<string>((resolve) => terminal.once("close", () => resolve(""))),
    ]);
  } finally {
    terminal.close();
  }
}
