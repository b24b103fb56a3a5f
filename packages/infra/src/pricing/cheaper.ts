import type { Bill, PricedLine } from "./bill.ts";
import { amountOf, asUsd, sumUsd, times } from "./money.ts";
import type { PriceKey } from "./price-row.ts";
import { knownPrices, type Prices } from "./prices.ts";
import { hoursPerMonth } from "./usage.ts";

/** What could be had for less. */
export interface Cheaper {
  /** As it would be written in aloft.config.ts. */
  readonly setting: string;
  /** A month, at idle, instead of what is paid now. */
  readonly usd: number;
  /** What one gives up. */
  readonly loses: string;
}

/** Something that costs much, and what is cheaper, the dearest first. */
export interface CostlyChoice {
  /** In plain words, such as `NAT gateway`. */
  readonly what: string;
  readonly usd: number;
  readonly logicalIds: readonly string[];
  readonly cheaper: readonly Cheaper[];
}

type Cost = (key: PriceKey, quantity: number) => number;

/** What the alternatives to one costly thing are computed from: its lines, and what things cost in their region. */
interface Rule {
  readonly what: string;
  readonly concerns: (line: PricedLine) => boolean;
  readonly cheaper: (cost: Cost, lines: readonly PricedLine[]) => readonly Cheaper[];
}

const rules: readonly Rule[] = [
  {
    what: "NAT gateway",
    concerns: ({ part, key, type }) => key === "nat.hour" || (part === "Network" && type === "AWS::EC2::EIP"),
    cheaper: (cost) => [
      {
        setting: 'network: { egress: "nat-instance" }',
        usd: sumUsd([cost("ec2.t4g.nano", hoursPerMonth), cost("ebs.gp3", 8), cost("ipv4.hour", hoursPerMonth)]),
        loses: "up to some 30 Mbit/s; while the machine is replaced, nothing reaches the Internet",
      },
    ],
  },
  {
    what: "Interface endpoints",
    concerns: ({ key }) => key === "endpoint.hour",
    cheaper: () => [
      {
        setting: "network: { interfaceEndpoints: [] }",
        usd: 0,
        loses: "those services are reached by the network's way to the Internet, encrypted all the same",
      },
    ],
  },
  {
    what: "Firewall",
    concerns: ({ key }) => key === "waf.acl" || key === "waf.rule",
    cheaper: (cost) => [
      {
        setting: "waf: { managedRules: false }",
        usd: sumUsd([cost("waf.acl", 1), cost("waf.rule", 1)]),
        loses: "only floods from one address are refused, no known attacks",
      },
      { setting: "waf: false", usd: 0, loses: "attacks and floods of requests reach the program" },
    ],
  },
  {
    what: "Tasks",
    concerns: ({ key }) => key.startsWith("fargate."),
    cheaper: (cost) => [
      {
        setting: "service: { cpu: 256, memoryMiB: 512, scaling: { minTasks: 1 } }",
        usd: sumUsd([cost("fargate.arm.vcpu", 0.25 * hoursPerMonth), cost("fargate.arm.memory", 0.5 * hoursPerMonth)]),
        loses: "one small task: while it is replaced after a failure, nobody is served",
      },
    ],
  },
  {
    what: "Database with a standby",
    concerns: ({ type, what }) => type === "AWS::RDS::DBInstance" && / standby | twice$/.test(what),
    cheaper: (_, lines) => [
      {
        setting: "database: { multiAz: false }",
        usd: asUsd(lines.reduce((sum, { idle, price }) => sum + times(amountOf(price.usd), idle.quantity / 2), 0n)),
        loses: "if its zone fails, it is restored from a backup, by hand",
      },
    ],
  },
  {
    what: "Aurora",
    concerns: ({ key }) => key.startsWith("aurora."),
    cheaper: (cost) => [
      {
        setting: 'database: { engine: "rds", multiAz: false }',
        usd: sumUsd([cost("rds.t4g.micro", hoursPerMonth), cost("rds.storage", 20)]),
        loses: "it does not grow with the load, and has no standby",
      },
    ],
  },
  {
    what: "Metrics of the collector",
    concerns: ({ what }) => what === "Metrics that the collector makes",
    cheaper: () => [{ setting: "openTelemetry: false", usd: 0, loses: "no traces, and no metrics but AWS's own" }],
  },
];

/**
 * What costs much and could be had for less, computed from the table.
 * @param prices those that the bill was made with. Default: those that come with it.
 */
export function cheaperThan(bill: Bill, prices: Prices = knownPrices()): readonly CostlyChoice[] {
  const priced = bill.lines.filter((line) => line.status === "priced");
  return rules.flatMap(({ what, concerns, cheaper }): readonly CostlyChoice[] => {
    const lines = priced.filter(concerns);
    const [first] = lines;
    if (first === undefined || !hasMain(what, lines)) return [];
    const usd = sumUsd(lines.map(({ idle }) => idle.usd));
    const options = cheaper(costs(prices, first.price.region), lines).filter((one) => one.usd < usd);
    if (options.length === 0) return [];
    return [{ what, usd, logicalIds: [...new Set(lines.flatMap(({ logicalIds }) => logicalIds))], cheaper: options }];
  });
}

/** Addresses alone are no gateway. */
function hasMain(what: string, lines: readonly PricedLine[]): boolean {
  return what !== "NAT gateway" || lines.some(({ key }) => key === "nat.hour");
}

function costs(prices: Prices, region: string): Cost {
  return (key, quantity) => {
    const found = prices.find(region, key);
    return found === undefined ? Number.POSITIVE_INFINITY : asUsd(times(amountOf(found.usd), quantity));
  };
}
