/** What is paid for, and by what unit. */
export const priceUnits = {
  "fargate.arm.vcpu": "vCPU-hour",
  "fargate.arm.memory": "GB-hour",
  "fargate.x86.vcpu": "vCPU-hour",
  "fargate.x86.memory": "GB-hour",
  "fargate.storage": "GB-hour",
  "alb.hour": "hour",
  "alb.lcu": "LCU-hour",
  "nat.hour": "hour",
  "nat.data": "GB",
  "ipv4.hour": "address-hour",
  "endpoint.hour": "hour",
  "endpoint.data": "GB",
  "ebs.gp3": "GB-month",
  "transfer.out": "GB",
  "transfer.zones": "GB",
  "cloudfront.request": "request",
  "cloudfront.data": "GB",
  "cloudfront.function": "call",
  "dynamodb.read": "read unit",
  "dynamodb.write": "write unit",
  "dynamodb.storage": "GB-month",
  "dynamodb.pitr": "GB-month",
  "s3.storage": "GB-month",
  "s3.put": "request",
  "s3.get": "request",
  "kms.key": "key-month",
  "kms.request": "request",
  "kms.signature": "request",
  "secret.month": "secret-month",
  "secret.call": "call",
  "logs.ingest": "GB",
  "logs.vended": "GB",
  "logs.storage": "GB-month",
  "alarm.metric": "metric-month",
  "alarm.high-resolution": "metric-month",
  "alarm.composite": "alarm-month",
  "metric.custom": "metric-month",
  "dashboard.month": "dashboard-month",
  "waf.acl": "ACL-month",
  "waf.rule": "rule-month",
  "waf.request": "request",
  "rds.storage": "GB-month",
  "aurora.acu": "ACU-hour",
  "aurora.storage": "GB-month",
  "aurora.io": "request",
  "route53.zone": "zone-month",
  "route53.health-check": "check-month",
  "ecr.storage": "GB-month",
  "sns.email": "e-mail",
  "guardduty.event": "event",
  "guardduty.data": "GB",
  "cloudtrail.data-event": "event",
  "xray.trace": "trace",
} as const;

/** A thing's price; those of instances by their class: `ec2.t4g.nano`, `rds.t4g.micro`. */
export type PriceKey = keyof typeof priceUnits | `ec2.${string}` | `rds.${string}`;

export interface PriceRow {
  /** Of one unit, as a decimal. */
  readonly usd: string;
  /** When AWS published it, or when it was read. */
  readonly asOf: string;
  readonly source: string;
  /**
   * It is AWS's own number: from a copy or quotation of what it publishes or bills. Otherwise it is what others publish: check
   * it if much depends on it.
   */
  readonly confirmed: boolean;
}

/** The prices of one region, or those that are the same everywhere. */
export type PriceTable = Readonly<Record<string, PriceRow>>;

/** What a unit of it is called. */
export function unitOf(key: PriceKey): string {
  return Object.hasOwn(priceUnits, key) ? priceUnits[key as keyof typeof priceUnits] : "hour";
}
