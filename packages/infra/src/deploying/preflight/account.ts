import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { DescribeAddressesCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { ResolvedApp } from "../../config/resolve.ts";
import type { SynthesizedStack } from "../../synthesize.ts";
import { ifThere } from "../aws-fault.ts";
import type { Caller } from "../caller.ts";
import { failed, ok, type PreflightFinding, warning } from "./finding.ts";

/** The credentials are of the account that the configuration says. */
export function accountFits(app: ResolvedApp, { account, name }: Caller): PreflightFinding {
  if (app.account === undefined || app.account === account) {
    return ok("account", `${account}, as ${name}, in ${app.region}`);
  }
  const text = `These credentials are of account ${account} (${name}), and ${app.environment} belongs in ${app.account}.`;
  const mend = `Take a profile of that account (AWS_PROFILE=…), or change "account" in aloft.config.ts.`;
  return failed("account", text, mend);
}

/** The first version of the bootstrap stack that knows what the templates ask of it. */
export const neededBootstrapVersion = 6;

/** @returns the version that is there; undefined: the region is not bootstrapped. */
export async function bootstrapVersion(region: string): Promise<number | undefined> {
  const name = "/cdk-bootstrap/hnb659fds/version";
  const found = await ifThere(`looking for the CDK's bootstrap stack in ${region}`, () =>
    new SSMClient({ region }).send(new GetParameterCommand({ Name: name })),
  );
  const version = Number(found?.Parameter?.Value);
  return Number.isInteger(version) ? version : undefined;
}

/** Quotas of AWS that a deployment may meet. @see https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html */
const quotas = {
  vcpu: { service: "fargate", code: "L-3032A538", name: "vCPUs of Fargate on demand" },
  addresses: { service: "ec2", code: "L-0263D0A3", name: "Elastic IP addresses" },
  networks: { service: "vpc", code: "L-F678F1CE", name: "VPCs" },
} as const;

/** What the app needs of each limited thing, held against what the account has left. Says nothing where AWS does not answer. */
export async function quotasSuffice(
  app: ResolvedApp,
  stacks: readonly SynthesizedStack[],
  existing: ReadonlySet<string>,
): Promise<readonly PreflightFinding[]> {
  if (app.topology === "library") return [];
  const { region } = app;
  const isNew = stacks.filter(({ name }) => !existing.has(name));
  const wanted = (type: string): number =>
    isNew.flatMap(({ template }) => Object.values(template.Resources)).filter(({ Type }) => Type === type).length;
  const ec2 = new EC2Client({ region });
  const findings: (PreflightFinding | undefined)[] = [];
  const vcpus = (app.service.cpu / 1024) * app.service.scaling.maxTasks;
  findings.push(compare(quotas.vcpu, await quota(region, quotas.vcpu), vcpus, 0));
  if (wanted("AWS::EC2::VPC") > 0) {
    const used = await quietly(async () => (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length);
    findings.push(compare(quotas.networks, await quota(region, quotas.networks), wanted("AWS::EC2::VPC"), used));
  }
  if (wanted("AWS::EC2::EIP") > 0) {
    const used = await quietly(async () => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length);
    findings.push(compare(quotas.addresses, await quota(region, quotas.addresses), wanted("AWS::EC2::EIP"), used));
  }
  return findings.filter((finding) => finding !== undefined);
}

type Quota = (typeof quotas)[keyof typeof quotas];

function quota(region: string, { service, code }: Quota): Promise<number | undefined> {
  const client = new ServiceQuotasClient({ region, maxAttempts: 1 });
  const ask = new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code });
  return quietly(async () => (await client.send(ask)).Quota?.Value);
}

/** Quotas are a courtesy: who may not read them deploys all the same. */
async function quietly<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

function compare(
  { service, code, name }: Quota,
  limit: number | undefined,
  needed: number,
  used: number | undefined,
): PreflightFinding | undefined {
  if (limit === undefined || used === undefined) return undefined;
  if (used + needed <= limit) return ok("quota", `${name}: ${used + needed} of ${limit}`);
  const text = `${name}: the account may have ${limit}, ${used} are taken, and this needs ${needed}.`;
  const ask = `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code}`;
  const mend = `Ask for more: ${ask} --desired-value ${used + needed}`;
  return name === quotas.vcpu.name ? warning("quota", text, mend) : failed("quota", text, mend);
}
