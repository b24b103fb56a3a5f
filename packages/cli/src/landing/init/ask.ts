import type { Io } from "../../io.ts";

/** Gives an answer's text; undefined once there will be no answer, as after Ctrl-C. */
export type Ask = (question: string) => Promise<string | undefined>;

/** Somebody stopped at a question. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** How to ask, if somebody is there to answer. */
export function askerOf(io: Io): Ask | undefined {
  if (io.ask !== undefined) return io.ask;
  return process.stdin.isTTY && io.err.isTTY === true ? askAtTerminal : undefined;
}

async function askAtTerminal(question: string): Promise<string | undefined> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await Promise.race([
      terminal.question(question),
      new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined))),
    ]);
  } finally {
    terminal.close();
  }
}
