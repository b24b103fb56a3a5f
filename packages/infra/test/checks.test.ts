import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { productSecrets } from "@aloft/core/secrets/manifest";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { check, type Checked } from "@aloft/infra/checks/check";
import type { Draft, Finding } from "@aloft/infra/checks/finding";
import { answer, unusedReasons } from "@aloft/infra/checks/inspection";
import { resolveApp } from "@aloft/infra/config/resolve";
import { CfnResource } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pythonEnvironment } from "../../../test/support/services/python.ts";
import { available } from "../../../test/support/skip.ts";
import { cfnLint } from "./cfn-lint.ts";

const environments = { dev: {}, staging: {}, production: {} };
const watched = {
  budget: { monthlyUsd: 100, emails: ["ops@example.com"] },
  repository: { owner: "octo-org", name: "demo", ownerId: "123456", id: "456789" },
  environments,
};
const alarms = { emails: ["ops@example.com"] };
const domain = {
  name: "chat.example.com",
  dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789" },
} as const;

const topologies: Readonly<Record<string, AppConfig>> = {
  solo: { ...watched, topology: "solo", name: "demo", alarms },
  relational: { ...watched, topology: "relational", name: "demo", alarms },
  library: { ...watched, topology: "library", name: "demo", secrets: productSecrets },
};

/** What the three leave out: every choice that makes other resources is in one of these. */
const variants: Readonly<Record<string, AppConfig>> = {
  "solo, all chosen": {
    ...watched,
    topology: "solo",
    name: "demo",
    region: "eu-central-1",
    alarms,
    domain,
    openTelemetry: true,
    encryption: "own",
    trail: true,
    detectors: true,
    models: { provider: "bedrock" },
    service: { deployment: "blue-green", scaling: { minTasks: 2, maxTasks: 6 } },
    network: { egress: "nat-gateway", interfaceEndpoints: ["secretsmanager", "kms"], flowLogs: "all" },
    logRetentionDays: 365,
  },
  "relational, on Aurora": {
    ...watched,
    topology: "relational",
    name: "demo",
    alarms,
    database: { engine: "aurora-serverless-v2", signIn: "iam" },
    network: { egress: "ipv6" },
    openTelemetry: true,
  },
  "relational, on Aurora by a secret": {
    ...watched,
    topology: "relational",
    name: "demo",
    database: { engine: "aurora-serverless-v2" },
    service: { image: { dockerfile: "Dockerfile" } },
    encryption: "own",
    protectData: false,
  },
  "library, all chosen": {
    ...watched,
    topology: "library",
    name: "demo",
    secrets: productSecrets,
    encryption: "own",
    readerRoles: ["web"],
    trail: true,
    detectors: true,
  },
};

interface Case {
  readonly title: string;
  readonly checked: Checked;
}

const folder = mkdtempSync(join(tmpdir(), "aloft-checks-"));
afterAll(() => rmSync(folder, { recursive: true }));

function checkedAs(name: string, config: AppConfig, environment: EnvironmentName): Case {
  const title = `${name}: ${environment}`;
  return { title, checked: check(resolveApp(config, environment), { folder: join(folder, title) }) };
}

const cases: readonly Case[] = [
  ...Object.entries(topologies).flatMap(([name, config]) =>
    (Object.keys(environments) as EnvironmentName[]).map((environment) => checkedAs(name, config, environment)),
  ),
  ...Object.entries(variants).map(([name, config]) => checkedAs(name, config, "production")),
];

const unanswered = (findings: readonly Finding[]) =>
  findings.filter(({ reason }) => reason === undefined).map(({ rule, path, message }) => `${rule} ${path}: ${message}`);

test.each(cases)("[landing.check.clean] $title: nothing is found that has no reason", ({ checked }) => {
  expect(checked.findings.length).toBeGreaterThan(0);
  expect(unanswered(checked.findings)).toEqual([]);
});

const linted = await available("cfn-lint", pythonEnvironment);
describe.runIf(linted)("with cfn-lint", () => {
  let found: readonly Finding[][];
  beforeAll(async () => {
    found = await lint(cases);
  }, 300_000);

  test("[landing.check.clean] cfn-lint finds nothing in any of them that has no reason", () => {
    expect(found.flatMap(unanswered)).toEqual([]);
  });

  test("[landing.check.reasons] the reasons are those that were reviewed", async () => {
    const all = cases.flatMap(({ checked }, index) => [...checked.findings, ...(found[index] ?? [])]);
    await expect(listed(all)).toMatchFileSnapshot("checks.reasons.txt");
  });

  test("[landing.check.reasons] every reason answers something, at least in one of them", () => {
    const used = cases.flatMap(({ checked: { inspection, findings } }, index) => {
      const unused = unusedReasons(inspection.reasons, [...findings, ...(found[index] ?? [])]);
      return inspection.reasons.filter((given) => !unused.includes(given)).map(named);
    });
    const given = cases.flatMap(({ checked }) => checked.inspection.reasons.map(named));
    expect([...new Set(given)].filter((one) => !used.includes(one))).toEqual([]);
  });

  test("[landing.check.finds] cfn-lint finds a property that does not exist", { timeout: 120_000 }, async () => {
    const config: AppConfig = {
      ...(topologies["library"] as AppConfig),
      extend: ({ Data }) => {
        if (Data === undefined) throw new Error("every topology has data");
        void new CfnResource(Data, "Odd", { type: "AWS::S3::Bucket", properties: { Colour: "red" } });
      },
    };
    const checked = check(resolveApp(config, "dev"), { folder: join(folder, "odd") });
    const [found = []] = await lint([{ title: "odd", checked }]);
    expect(found.map(({ rule, path }) => `${rule} ${path}`)).toContain("E3002 Data/Odd");
  });
});

async function lint(asked: readonly Case[]): Promise<Finding[][]> {
  const paths = asked.map(({ checked: { synthesis } }) =>
    synthesis.stacks.map(({ part }) => join(synthesis.folder, `${part}.template.json`)),
  );
  const found: ReadonlyMap<string, readonly Draft[]> = await cfnLint(paths.flat());
  return asked.map(({ checked }, index) =>
    answer(
      (paths[index] ?? []).flatMap((path) => found.get(path) ?? []),
      checked.inspection,
    ),
  );
}

const named = ({ path, rule }: { readonly path: string; readonly rule: string }): string => `${rule} ${path}`;

/** Every reason once, with the rules and resources it is for: what somebody who reviews accepted findings wants to read. */
function listed(findings: readonly Finding[]): string {
  const byReason = new Map<string, Map<string, Set<string>>>();
  for (const { rule, path, reason = "" } of findings) {
    const rules = byReason.get(reason) ?? new Map<string, Set<string>>();
    byReason.set(reason, rules.set(rule, (rules.get(rule) ?? new Set()).add(path)));
  }
  const entries = [...byReason].map(([reason, rules]) => {
    const lines = [...rules]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([rule, paths]) => `  ${rule}\n${places(paths)}`);
    return `${reason}\n${lines.join("\n")}\n`;
  });
  return entries.sort().join("\n");
}

function places(paths: ReadonlySet<string>): string {
  return [...paths]
    .sort()
    .map((path) => `    ${path}`)
    .join("\n");
}
