import type { ResolvedApp } from "../config/resolve.ts";
import { type Caller, caller } from "./caller.ts";
import { accountFits } from "./preflight/account.ts";
import { requirePassed } from "./preflight/preflight.ts";

/**
 * Whose credentials these are, of the account that the configuration says: in another one nothing would be found, and it
 * would look as if nothing were deployed.
 * @throws {DeployError} they are of another account, or there are none.
 */
export async function ownAccount(app: ResolvedApp): Promise<Caller> {
  const who = await caller(app.region);
  requirePassed([accountFits(app, who)]);
  return who;
}
