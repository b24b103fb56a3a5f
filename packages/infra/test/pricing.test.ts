import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import type { SoloConfig } from "@aloft/infra/config/schema";
import { cheaperThan } from "@aloft/infra/pricing/cheaper";
import { further } from "@aloft/infra/pricing/further";
import { defaultLoad } from "@aloft/infra/pricing/load";
import { price } from "@aloft/infra/pricing/price";
import { alwaysFree } from "@aloft/infra/pricing/always-free";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { lineOf, pricedLines } from "./pricing-stacks.ts";
import { synthesized } from "./support.ts";

const environments = { dev: {}, staging: {}, production: {} } as const;
const solo: AppConfig = { name: "chat", topology: "solo", environments };
const relational: AppConfig = { name: "app", topology: "relational", environments };
const library: AppConfig = {
  name: "web",
  topology: "library",
  environments,
  secrets: productSecrets,
  readerRoles: ["web"],
};
const everything: Partial<Omit<SoloConfig, "name" | "topology" | "environments">> = {
  trail: true,
  detectors: true,
  encryption: "own",
  openTelemetry: true,
  waf: {},
  budget: { monthlyUsd: 50, emails: ["ops@example.com"] },
  alarms: { emails: ["ops@example.com"] },
  repository: { owner: "example", name: "chat" },
  service: { deployment: "blue-green", scaling: { minTasks: 2 } },
  domain: { name: "chat.example.com", dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123" } },
};

const billOf = (config: AppConfig, environment: EnvironmentName) => price(synthesized(config, environment).stacks);

/** Within 5 % of what was computed by hand. */
function expectAbout(usd: number, byHand: number): void {
  expect(usd).toBeGreaterThan(byHand * 0.95);
  expect(usd).toBeLessThan(byHand * 1.05);
}

/** What AWS lists for us-east-1, copied here by hand, so that a slip in the table shows. */
const hours = 730;
const network = hours * 0.0042 + 8 * 0.08 + hours * 0.005; // t4g.nano, its disk, its address: 7.36
const task = hours * (0.25 * 0.03238 + 0.5 * 0.00356); // 0.25 vCPU and 0.5 GB: 7.21
const balancer = hours * 0.0225; // 16.43
const keys = 3 * 1; // what seals, what signs, and what alarms are encrypted with
const refreshes = (hours * 3600) / 300; // each secret is read every 5 minutes: 8,760
const secretEach = 0.4 + refreshes * 0.000005; // 0.44
const leases = ((hours * 3600) / 10) * 0.000000625; // a write unit every 10 s: 0.16
const leasesAndSecret = leases + refreshes * 0.000005;
const images = ((20 * 80) / 1024) * 0.1; // 20 of 80 MB: 0.16
const firewall = 5 + 4 * 1; // with three groups of AWS's rules and a limit

/** A thousand turns a day, ten requests each, within 8 hours. */
const turns = 1000 * (hours / 24); // 30,417
const requests = turns * 10;
const busyHours = 8 * (hours / 24);

describe("solo", () => {
  const dev = network + task + balancer + keys + secretEach + images + leases;

  test("[landing.price.solo] at idle, as computed by hand", () => {
    expectAbout(billOf(solo, "dev").idleUsd, dev);
    expectAbout(billOf(solo, "production").idleUsd, dev + firewall);
  });

  test("[landing.price.solo] in use, as computed by hand", () => {
    const listening = (50 * busyHours * 3600) / 3; // 50 browsers, a read unit every 3 s: 14.6 million
    const reads = (turns * 27 + listening) * 0.000000125; // 1.93
    const writes = turns * 11 * 0.000000625; // 0.21
    const storedGb = (turns * 5 * 12) / 1024 ** 2; // a year's: 1.74
    const backups = storedGb * 0.2; // 0.35
    const files = ((50 * (hours / 24) * 500 * 12) / 1024 ** 2) * 0.023; // 0.20
    const logs = (requests / 1024 ** 2) * 0.5; // 0.15
    const use = reads + writes + backups + files + logs;
    expectAbout(billOf(solo, "dev").loadUsd, dev + use);
    expectAbout(billOf(solo, "production").loadUsd, dev + use + firewall + requests * 0.0000006);
  });

  test("[landing.price.idle] with everything in private subnets it costs at most 45 USD a month", () => {
    for (const environment of ["dev", "staging", "production"] as const) {
      const { stacks } = synthesized(solo, environment);
      const services = stacks.flatMap(({ template }) =>
        Object.values(template.Resources).filter(({ Type }) => Type === "AWS::ECS::Service"),
      );
      expect(services).toHaveLength(1);
      expect(JSON.stringify(services)).toContain('"AssignPublicIp":"DISABLED"');
      const bill = price(stacks);
      expect(bill.lines.filter(({ status }) => status === "not-priced")).toEqual([]);
      expect(bill.idleUsd).toBeLessThanOrEqual(45);
      expect(bill.idleUsd).toBeGreaterThan(25);
    }
  });
});

describe("relational", () => {
  const own = 2 * secretEach + 0.4; // a session secret, the database's address, and the password that RDS keeps
  const rds = hours * 0.016 + 20 * 0.115; // t4g.micro, 20 GB: 13.98
  const common = network + task + balancer + keys + own + images;

  test("[landing.price.relational] on RDS, as computed by hand; in production with a standby and a firewall", () => {
    expectAbout(billOf(relational, "dev").idleUsd, common + rds);
    expectAbout(billOf(relational, "production").idleUsd, common + 2 * rds + firewall);
  });

  test("[landing.price.relational] on Aurora, as computed by hand", () => {
    const database = { engine: "aurora-serverless-v2", minAcu: 0.5, maxAcu: 4 } as const;
    const bill = billOf({ ...relational, database }, "dev");
    const least = hours * 0.5 * 0.12 + 10 * 0.1 + 0.5 * 0.2; // half an ACU, 10 GB, half a million requests: 44.90
    expectAbout(bill.idleUsd, common + least);
    // While busy half an ACU more, and 60 requests to storage for each turn.
    const use = busyHours * 0.5 * 0.12 + turns * 60 * 0.0000002;
    expectAbout(bill.loadUsd, common + least + use);
    // In production a second one stands by, which scales with the first.
    const production = billOf({ ...relational, database }, "production");
    expectAbout(production.idleUsd, common + least + hours * 0.5 * 0.12 + firewall);
  });
});

describe("library", () => {
  test("[landing.price.library] secrets are all that it costs, as computed by hand", () => {
    for (const environment of ["dev", "production"] as const) {
      const { stacks } = synthesized(library, environment);
      const secrets = stacks.flatMap(({ template }) =>
        Object.values(template.Resources).filter(({ Type }) => Type === "AWS::SecretsManager::Secret"),
      );
      expect(secrets.length).toBeGreaterThan(0);
      expectAbout(price(stacks).idleUsd, secrets.length * 0.4);
    }
  });
});

describe("what AWS says of its prices", () => {
  const database = { engine: "aurora-serverless-v2", minAcu: 2, maxAcu: 8 } as const;
  const options: SoloConfig["network"] = { egress: "nat-gateway", interfaceEndpoints: ["kms"] };

  test("[landing.price.facts] NAT 33 and an address 3.65, a load balancer 16 and more, endpoints 7.30 a zone, 2 to 8 ACU 175 to 701", () => {
    const bill = billOf({ ...relational, network: options, database }, "dev");
    expect(Math.round(lineOf(bill, "nat.hour").idle.usd)).toBe(33);
    expect(lineOf(bill, "ipv4.hour").idle.usd).toBe(3.65);
    expect(lineOf(bill, "alb.hour").idle.usd).toBe(16.425);
    expect(lineOf(bill, "endpoint.hour").idle.usd).toBe(2 * 7.3);
    const acu = lineOf(bill, "aurora.acu");
    expect([Math.round(acu.idle.usd), Math.round(acu.mostUsd ?? 0)]).toEqual([175, 701]);
  });
});

describe("every topology", () => {
  const networks: readonly SoloConfig["network"][] = [
    { egress: "nat-instance", flowLogs: "all" },
    { egress: "nat-gateway", availabilityZones: 3, interfaceEndpoints: ["ecr", "ssm", "ecs", "bedrock-runtime"] },
    { egress: "ipv6", flowLogs: "none" },
  ];
  const configs: Readonly<Record<string, AppConfig>> = {
    solo,
    relational,
    library: { ...library, trail: true, detectors: true, encryption: "own" },
    ...Object.fromEntries(
      networks.flatMap((one, at) => [
        [`solo with everything, network ${at}`, { ...solo, ...everything, network: one }],
        [`relational with everything, network ${at}`, { ...relational, ...everything, network: one }],
      ]),
    ),
    aurora: { ...relational, database: { engine: "aurora-serverless-v2" } },
  };

  for (const [name, config] of Object.entries(configs)) {
    test(`[landing.price.known] nothing in ${name} is without a price or a reason`, () => {
      for (const environment of ["dev", "staging", "production"] as const) {
        const { stacks } = synthesized(config, environment);
        const bill = price(stacks);
        const not = bill.lines.filter(({ status }) => status === "not-priced");
        expect(not.map(({ type, what }) => `${type}: ${what}`)).toEqual([]);
        const told = new Set(bill.lines.flatMap((line) => line.logicalIds.map((id) => `${line.part} ${id}`)));
        const made = stacks.flatMap(({ part, template }) =>
          Object.keys(template.Resources).map((id) => `${part} ${id}`),
        );
        expect(made.filter((one) => !told.has(one))).toEqual([]);
      }
    });
  }

  test("[landing.price.line] each line's amount is its quantity, less what is free, × its unit price; the totals are their sums", () => {
    const bill = price(synthesized({ ...solo, ...everything }, "production").stacks);
    const lines = pricedLines(bill);
    for (const { what, price: unit, idle, load, key } of lines) {
      for (const { quantity, free, usd } of [idle, load]) {
        expect(usd, what).toBeCloseTo((quantity - free) * Number(unit.usd), 5);
        expect(free).toBeLessThanOrEqual(alwaysFree[key]?.quantity ?? 0);
      }
    }
    const cents = (amounts: readonly number[]): number => Math.round(amounts.reduce((sum, one) => sum + one, 0) * 1e6);
    expect(Math.round(bill.idleUsd * 1e6)).toBe(cents(lines.map(({ idle }) => idle.usd)));
    expect(Math.round(bill.loadUsd * 1e6)).toBe(cents(lines.map(({ load }) => load.usd)));
  });

  test("[landing.price.regions] a region without a table is priced as us-east-1, line by line, and named", () => {
    const there = billOf({ ...solo, region: "eu-west-3" }, "production");
    expect(there.unknownRegions).toEqual(["eu-west-3"]);
    expect(lineOf(there, "alb.hour").price).toMatchObject({ region: "us-east-1", standsIn: true });
    // The firewall is in us-east-1 wherever the app is.
    expect(lineOf(there, "waf.acl").price.standsIn).toBe(false);
    const sydney = billOf({ ...solo, region: "ap-southeast-2" }, "production");
    expect(sydney.unknownRegions).toEqual([]);
    expect(sydney.idleUsd).toBeGreaterThan(there.idleUsd);
  });
});

describe("what could be chosen otherwise", () => {
  test("[landing.price.cheaper] a NAT gateway names the machine, with what it costs and what it loses", () => {
    const bill = billOf({ ...solo, network: { egress: "nat-gateway" } }, "dev");
    const gateway = cheaperThan(bill).find(({ what }) => what === "NAT gateway");
    expect(gateway?.usd).toBe(36.5);
    expect(gateway?.cheaper.map(({ setting, usd }) => [setting, usd])).toEqual([
      ['network: { egress: "nat-instance" }', 7.356],
    ]);
    expect(gateway?.cheaper[0]?.loses).toContain("Mbit/s");
    // What is said of the machine is what the machine's own bill says.
    const own = billOf(solo, "dev").lines.filter(({ what }) => /NAT instance/.test(what));
    expect(own.reduce((sum, line) => sum + (line.status === "priced" ? line.idle.usd : 0), 0)).toBeCloseTo(7.356, 6);
  });

  test("[landing.price.cheaper] standbys, Aurora, endpoints, firewalls and tasks as well; what is already cheapest names nothing", () => {
    const names = (config: AppConfig, environment: EnvironmentName): readonly string[] =>
      cheaperThan(billOf(config, environment)).map(({ what }) => what);
    expect(names({ ...relational, network: { interfaceEndpoints: ["kms"] } }, "production")).toEqual([
      "Interface endpoints",
      "Firewall",
      "Database with a standby",
    ]);
    const database = { engine: "aurora-serverless-v2" } as const;
    expect(names({ ...relational, database, service: { cpu: 1024, memoryMiB: 2048 } }, "dev")).toContain("Tasks");
    expect(names({ ...relational, database }, "dev")).toContain("Aurora");
    expect(names({ ...solo, network: { egress: "ipv6" } }, "dev")).toEqual([]);
  });

  describe("one at a time", () => {
    const synthesis = synthesized(solo, "dev");
    let adds: ReadonlyMap<string, number>;
    beforeAll(() => {
      adds = new Map(further(synthesis).map(({ id, addsIdleUsd }) => [id, addsIdleUsd]));
    }, 120_000);

    test("[landing.price.further] each choice of solo is told", () => {
      const endpoints = ["secretsmanager", "kms", "ecr", "logs", "ssm", "ecs", "bedrock-runtime", "sts"];
      const others = ["egress-nat-gateway", "egress-ipv6", "third-zone", "another-task", "blue-green", "waf"];
      const expected = [
        ...endpoints.map((one) => `endpoint-${one}`),
        ...others,
        "open-telemetry",
        "own-key",
        "trail",
        "detectors",
      ];
      expect([...adds.keys()].toSorted()).toEqual(expected.toSorted());
    });

    test("[landing.price.further] what it adds is what the app with it costs more", () => {
      const now = price(synthesis.stacks).idleUsd;
      const then = billOf({ ...solo, waf: {} }, "dev").idleUsd;
      expect(adds.get("waf")).toBeCloseTo(then - now, 6);
      expect(adds.get("waf")).toBeGreaterThan(9);
      expect(adds.get("egress-nat-gateway")).toBeCloseTo(36.5 - 7.356, 0);
      // Three endpoints in two zones instead of the machine.
      expect(adds.get("egress-ipv6")).toBeCloseTo(3 * 2 * 7.3 - 7.356, 0);
      expect(adds.get("another-task")).toBeGreaterThan(7.2);
      expect(adds.get("endpoint-ecs")).toBeCloseTo(3 * 2 * 7.3, 1);
      for (const name of ["ecs", "ssm", "sts"] as const) {
        const alone = billOf({ ...solo, network: { interfaceEndpoints: [name] } }, "dev").idleUsd;
        expect(adds.get(`endpoint-${name}`), name).toBeCloseTo(alone - now, 6);
      }
    });

    test("[landing.price.further] a few can be asked for, and nothing is left behind", () => {
      const folder = mkdtempSync(join(tmpdir(), "aloft-pricing-"));
      vi.stubEnv("TMPDIR", folder);
      try {
        const few = further(synthesis, { only: ["trail"], load: { ...defaultLoad, turnsPerDay: 10 } });
        expect(few.map(({ id, notPriced }) => [id, notPriced])).toEqual([["trail", []]]);
        expect(readdirSync(folder)).toEqual([]);
      } finally {
        vi.unstubAllEnvs();
        rmSync(folder, { recursive: true });
      }
    });
  });

  test("[landing.price.further] what is chosen already can be gone back on, and saves what it cost", () => {
    const chosen: AppConfig = {
      ...solo,
      network: { interfaceEndpoints: ["kms"] },
      service: { cpu: 512, memoryMiB: 1024, scaling: { minTasks: 2 } },
      openTelemetry: true,
      trail: true,
      detectors: true,
    };
    const only = ["no-endpoints", "no-open-telemetry", "one-task", "small-tasks", "no-trail", "no-detectors"];
    const saves = new Map(
      further(synthesized(chosen, "dev"), { only }).map(({ id, addsIdleUsd }) => [id, addsIdleUsd]),
    );
    expect([...saves.keys()].toSorted()).toEqual(only.toSorted());
    expect([...saves.values()].every((usd) => usd < 0)).toBe(true);
    expect(saves.get("no-endpoints")).toBeCloseTo(-14.6, 1);
    // A task of 0.5 vCPU and 1 GB less; and half of two of them.
    expect(saves.get("one-task")).toBeCloseTo(-(2 * task + leasesAndSecret), 1);
    expect(saves.get("small-tasks")).toBeCloseTo(-2 * task, 4);
  });

  test("[landing.price.further] a database's: a standby outside production, none in it, and the other engine", () => {
    const only = ["multi-zone", "single-zone", "aurora", "rds"];
    const adds = (environment: EnvironmentName) =>
      further(synthesized(relational, environment), { only }).map(({ id, addsIdleUsd }) => [
        id,
        Math.round(addsIdleUsd),
      ]);
    expect(adds("dev")).toEqual([
      ["multi-zone", 14],
      ["aurora", 31],
    ]);
    expect(adds("production")[0]).toEqual(["single-zone", -14]);
  });
});

test("[landing.price.documented] docs/prices.md names what is always free, every number of the load, and what is left out", () => {
  const text = readFileSync(new URL("../../../docs/prices.md", import.meta.url), "utf8");
  for (const free of Object.values(alwaysFree)) expect(text).toContain(free?.says);
  for (const [name, value] of Object.entries(defaultLoad)) expect(text).toContain(`| \`${name}\` | ${value} |`);
  for (const left of ["Taxes", "models", "Savings Plans", "support"]) expect(text).toContain(left);
});

test("[landing.price.documented] its table of what each topology costs is what they cost", () => {
  const text = readFileSync(new URL("../../../docs/prices.md", import.meta.url), "utf8");
  const told = (row: string): readonly number[] =>
    (text.split("\n").find((line) => line.startsWith(`| ${row} |`)) ?? "").split("|").slice(2, 4).map(Number);
  const aurora: AppConfig = { ...relational, database: { engine: "aurora-serverless-v2" } };
  const rows: Readonly<Record<string, AppConfig>> = {
    "`solo`": solo,
    "`relational` on RDS": relational,
    "`relational` on Aurora": aurora,
    "`library`, with four secrets": library,
  };
  for (const [row, config] of Object.entries(rows)) {
    const [dev = 0, production = 0] = told(row);
    expectAbout(billOf(config, "dev").idleUsd, dev);
    expectAbout(billOf(config, "production").idleUsd, production);
  }
});
