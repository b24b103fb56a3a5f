import { usageError } from "../../errors.ts";
import type { Io } from "../../io.ts";

/** Asks for a text at the terminal. @throws {CliError} there is nobody to ask. */
export async function askFor(io: Io, question: string): Promise<string> {
  if (io.ask !== undefined) return (await io.ask(question)).trim();
  if (!process.stdin.isTTY || io.err.isTTY !== true) {
    throw usageError(
      "not_confirmed",
      "Nobody is at a terminal to type the app's name. Look at what would go, then add --yes.",
    );
  }
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}
