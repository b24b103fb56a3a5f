import type { PriceKey, PriceRow, PriceTable } from "../price-row.ts";

type Source = Omit<PriceRow, "usd">;

/** What AWS's own price pages draw their tables from. */
function priceFile(asOf: string, service: string, file: string = service): Source {
  const source = `https://b0.p.awsstatic.com/pricing/2.0/meteredUnitMaps/${service}/USD/current/${file}.json`;
  return { asOf, source, confirmed: true };
}

/** AWS's price list, as the rows of one region were quoted from it. */
function priceList(asOf: string, offer: string): Source {
  const source = `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${offer}/current/index.json`;
  return { asOf, source, confirmed: true };
}

/** A page of AWS, read as text: it has the numbers of its examples. */
function pricePage(asOf: string, service: string): Source {
  return { asOf, source: `https://aws.amazon.com/${service}/pricing/`, confirmed: true };
}

/** What others publish as AWS's price; the page is where to check it. */
function published(service: string): Source {
  return { asOf: "2026-11-21", source: `https://aws.amazon.com/${service}/pricing/`, confirmed: false };
}

/** What bills of a region say of a unit's price. */
function billed(asOf: string, service: string): Source {
  return { asOf, source: `https://aws.amazon.com/${service}/pricing/`, confirmed: true };
}

export const sources = {
  fargate: priceFile("2025-10-27", "ecs"),
  ec2: priceFile("2025-10-28", "ec2"),
  nat: priceFile("2025-10-28", "ec2", "natgateway"),
  vpc: priceFile("2025-11-04", "vpc"),
  cloudfrontRequests: priceFile("2025-07-01", "cloudfront"),
  cloudfrontData: priceList("2026-08-12", "AmazonCloudFront"),
  cloudfrontPublished: published("cloudfront"),
  dynamodb: priceFile("2025-08-28", "dynamodb"),
  s3: priceFile("2025-10-22", "s3"),
  kms: priceFile("2025-08-28", "kms"),
  cloudwatch: priceFile("2025-09-23", "cloudwatch"),
  waf: priceFile("2025-10-03", "waf"),
  route53: priceFile("2025-08-28", "route53"),
  route53Published: published("route53"),
  sns: priceFile("2025-08-28", "sns"),
  guardduty: priceFile("2025-10-17", "guardduty"),
  cloudtrail: priceFile("2025-08-28", "cloudtrail"),
  secrets: pricePage("2026-09-20", "secrets-manager"),
  alb: pricePage("2026-09-20", "elasticloadbalancing"),
  albBilled: billed("2026-07-31", "elasticloadbalancing"),
  albBilled2024: billed("2024-09-17", "elasticloadbalancing"),
  albPublished: published("elasticloadbalancing"),
  ebs: priceList("2026-08-12", "AmazonEC2"),
  ebsPublished: published("ebs"),
  transfer: priceList("2026-08-12", "AWSDataTransfer"),
  transferPublished: published("ec2/on-demand"),
  rds: priceList("2026-08-12", "AmazonRDS"),
  rdsBilled: billed("2026-07-31", "rds/postgresql"),
  rdsPublished: published("rds/postgresql"),
  aurora: priceList("2025-10-28", "AmazonRDS"),
  auroraPublished: published("rds/aurora"),
  ecr: priceList("2026-08-12", "AmazonECR"),
  ecrPublished: published("ecr"),
  xray: published("cloudwatch"),
} as const satisfies Readonly<Record<string, Source>>;

/** Rows that come from one place. */
export function from(source: Source, prices: Readonly<Partial<Record<PriceKey, string>>>): PriceTable {
  const rows = Object.entries(prices).flatMap(([key, usd]) =>
    usd === undefined ? [] : [[key, { usd, ...source }] as const],
  );
  return Object.fromEntries(rows);
}
