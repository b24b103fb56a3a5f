import { GetOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import type { ResolvedApp } from "../../config/resolve.ts";
import { githubProviderArn } from "../../constructs/deploy-role.ts";
import { isAbsent } from "../aws-fault.ts";
import type { Caller } from "../caller.ts";
import { failed, ok, type PreflightFinding } from "./finding.ts";

/**
 * Whether GitHub's tokens are known to the account as the configuration says: an account knows them once, and what made them known
 * may be another environment, another app, or this one before it was destroyed. Says nothing where AWS does not answer.
 */
export async function providerFits(
  app: ResolvedApp,
  isNew: boolean,
  caller: Caller,
): Promise<readonly PreflightFinding[]> {
  if (app.repository === undefined || !isNew) return [];
  const there = await isThere(githubProviderArn(caller.account));
  return there === undefined ? [] : [providerFinding(app.repository.oidcProvider, there)];
}

export function providerFinding(
  said: NonNullable<ResolvedApp["repository"]>["oidcProvider"],
  isThere: boolean,
): PreflightFinding {
  if (said === "create" && isThere) {
    const text = "The account knows GitHub's tokens already, and knows them only once.";
    return failed("provider", text, 'Say so in aloft.config.ts: repository: { oidcProvider: "existing" }');
  }
  if (said === "existing" && !isThere) {
    const text = "The account does not know GitHub's tokens yet.";
    return failed("provider", text, 'Let it be made: repository: { oidcProvider: "create" } in aloft.config.ts');
  }
  return ok(
    "provider",
    isThere ? "GitHub's tokens are known to the account." : "GitHub's tokens become known to the account.",
  );
}

async function isThere(arn: string): Promise<boolean | undefined> {
  try {
    const ask = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
    // IAM is in one place for all regions.
    await new IAMClient({ region: "us-east-1", maxAttempts: 1 }).send(ask);
    return true;
  } catch (error) {
    return isAbsent(error) ? false : undefined;
  }
}
