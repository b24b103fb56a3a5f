import { writeSync } from "node:fs";

/** A line to standard error, which is out before the program takes over. */
export function say(line: string): void {
  try {
    writeSync(2, `aloft: ${line}\n`);
  } catch {
    // Nobody reads it: no reason to keep the program from running.
  }
}
