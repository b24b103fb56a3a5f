import { appendFileSync } from "node:fs";
import { expect } from "vitest";

/**
 * Whether what a test needs is on this machine. `probe` says no by throwing (its message is the reason) or by
 * resolving to false; anything else is a yes.
 * A no is said once at the end of `npm test`, as `SKIPPED <what>: <reason>`. Under REQUIRE_ADAPTERS=all it throws.
 *
 * ```ts
 * const chromium = await available("Chromium", findChromium);
 * describe.runIf(chromium)("…", () => …);
 * ```
 */
export async function available(what: string, probe: () => unknown): Promise<boolean> {
  const reason = await reasonAgainst(probe);
  if (reason === undefined) return true;
  if (process.env["REQUIRE_ADAPTERS"] === "all") {
    throw new Error(`${what} is not available, and REQUIRE_ADAPTERS=all lets nothing be skipped: ${reason}`);
  }
  const log = process.env["ALOFT_SKIPPED_LOG"];
  if (log === undefined) process.stderr.write(`SKIPPED ${what}: ${reason}\n`);
  else appendFileSync(log, `${JSON.stringify({ what, reason, file: expect.getState().testPath })}\n`);
  return false;
}

async function reasonAgainst(probe: () => unknown): Promise<string | undefined> {
  try {
    return (await probe()) === false ? "not found on this machine" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
