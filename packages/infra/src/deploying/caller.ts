import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { asking } from "./aws-fault.ts";

/** Whom AWS takes us for. */
export interface Caller {
  readonly account: string;
  /** User or role with its session, without the account. */
  readonly name: string;
}

/** @throws {DeployError} there are no credentials, or they have expired, with what to run. */
export async function caller(region: string): Promise<Caller> {
  const { Account = "", Arn = "" } = await asking("asking whose credentials these are", () =>
    new STSClient({ region }).send(new GetCallerIdentityCommand({})),
  );
  return { account: Account, name: Arn.split(":").slice(5).join(":") };
}
