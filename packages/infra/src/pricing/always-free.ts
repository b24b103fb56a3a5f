import type { PriceKey } from "./price-row.ts";

export interface AlwaysFree {
  /** Of each month, for a whole account. */
  readonly quantity: number;
  readonly says: string;
  readonly source: string;
}

const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

/**
 * What every account has for nothing, for as long as it exists. It is counted once for the app: where others of the account use
 * it up, the app costs that much more. What only new accounts get is not counted, nor is CloudWatch's for logs, which not every
 * account has.
 */
export const alwaysFree: { readonly [K in PriceKey]?: AlwaysFree } = {
  "cloudfront.data": { quantity: 1024, says: "CloudFront: 1 TB to visitors", source: page("cloudfront") },
  "cloudfront.request": { quantity: 10_000_000, says: "CloudFront: 10 million requests", source: page("cloudfront") },
  "cloudfront.function": {
    quantity: 2_000_000,
    says: "CloudFront: 2 million calls of functions",
    source: page("cloudfront"),
  },
  "transfer.out": { quantity: 100, says: "100 GB out to the Internet", source: page("ec2/on-demand") },
  "dynamodb.storage": { quantity: 25, says: "DynamoDB: 25 GB", source: page("dynamodb/on-demand") },
  "kms.request": { quantity: 20_000, says: "KMS: 20,000 requests, signatures not among them", source: page("kms") },
  "alarm.metric": { quantity: 10, says: "CloudWatch: 10 metrics with alarms", source: page("cloudwatch") },
  "metric.custom": { quantity: 10, says: "CloudWatch: 10 metrics of one's own", source: page("cloudwatch") },
  "dashboard.month": { quantity: 3, says: "CloudWatch: 3 dashboards", source: page("cloudwatch") },
  "sns.email": { quantity: 1000, says: "SNS: 1,000 e-mails", source: page("sns") },
  "xray.trace": { quantity: 100_000, says: "X-Ray: 100,000 traces", source: page("cloudwatch") },
};
