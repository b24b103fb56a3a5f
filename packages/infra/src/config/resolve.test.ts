import { expect, test } from "vitest";
import { AppConfigError } from "./app-config-error.ts";
import { resolveApp } from "./resolve.ts";

const base = { name: "chat", topology: "solo", environments: { dev: {} } };
const relational = { ...base, topology: "relational" };
const external = { provider: "external", certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a" };
const zone = { provider: "route53", zoneName: "acme.dev", hostedZoneId: "Z0123456789" };

function faults(config: unknown, environment = "dev"): Readonly<Record<string, string>> {
  try {
    resolveApp(config, environment);
    return {};
  } catch (error) {
    if (!(error instanceof AppConfigError)) throw error;
    return Object.fromEntries(error.issues.map(({ path, message }) => [path, message]));
  }
}

/** Each is refused with these paths and nothing else. */
function refuses(table: readonly (readonly [config: unknown, said: Readonly<Record<string, RegExp>>])[]): void {
  for (const [config, said] of table) {
    const found = faults(config);
    expect(Object.keys(found).toSorted(), JSON.stringify(config)).toEqual(Object.keys(said).toSorted());
    for (const [path, words] of Object.entries(said)) expect(found[path], JSON.stringify(config)).toMatch(words);
    // Words of the library that checks mean nothing to who writes a configuration.
    for (const message of Object.values(found))
      expect(message).not.toMatch(/Invalid|expected|received|discriminator|>=|<=/);
  }
}

test("[landing.config.name] a name that is too long, or that AWS would not take, is refused with how long it may be", () => {
  refuses([
    [{ ...base, name: "a-name-that-is-much-too-long" }, { name: /at most 16 characters.* has 28:/ }],
    [{ ...base, name: "Chat App" }, { name: /lower-case letters/ }],
    [{ ...base, name: "1chat" }, { name: /has to begin with a letter/ }],
    [{ ...base, name: "chat-" }, { name: /has to end with a letter or digit/ }],
    [{ ...base, name: "chat--app" }, { name: /two hyphens/ }],
    [{ ...base, name: "internal-chat" }, { name: /"internal"/ }],
    [{ ...base, name: "a" }, { name: /at least 2 characters/ }],
    [{ ...base, name: undefined }, { name: /is missing, such as name: "chat"/ }],
    [{ ...base, name: 5 }, { name: /has to be a text/ }],
  ]);
  expect(faults({ ...base, name: "a-name-of-16-abc" })).toEqual({});
});

test("[landing.config.zone] a domain without its zone, or with another one's, is refused with the zone's name", () => {
  const domain = (dns: unknown, name = "chat.acme.dev") => ({ ...base, domain: { name, dns } });
  refuses([
    [domain(undefined), { "domain.dns": /is missing.*route53.*zoneName.*external.*certificateArn/ }],
    [
      domain({ provider: "route53" }),
      {
        "domain.dns.zoneName": /is missing.*hosted zone/,
        "domain.dns.hostedZoneId": /is missing.*list-hosted-zones/,
      },
    ],
    [domain({ ...zone, zoneName: "other.dev" }), { domain: /chat\.acme\.dev is not in the zone other\.dev/ }],
    [domain({ ...zone, zoneName: "me.dev" }), { domain: /is not in the zone me\.dev/ }],
    [domain({ provider: "external" }), { "domain.dns.certificateArn": /is missing.*us-east-1/ }],
    [
      domain({ ...external, certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/a" }),
      { "domain.dns.certificateArn": /is in eu-west-1.*us-east-1 only/ },
    ],
    [domain({ provider: "cloudflare" }), { "domain.dns.provider": /has to be "route53" or "external"/ }],
    [domain(zone, "https://chat.acme.dev"), { "domain.name": /host's name/ }],
    [{ ...base, domain: "chat.acme.dev" }, { domain: /has to be an object, such as domain: \{ name/ }],
  ]);
  expect(faults(domain(zone))).toEqual({});
  expect(faults(domain(zone, "acme.dev"))).toEqual({});
  expect(faults(domain(external))).toEqual({});
});

test("[landing.config.budget] a budget of 0 or less, or one that tells nobody, is refused", () => {
  const emails = ["ops@acme.dev"];
  refuses([
    [{ ...base, budget: { monthlyUsd: 0, emails } }, { "budget.monthlyUsd": /has to be more than 0/ }],
    [{ ...base, budget: { monthlyUsd: -5, emails } }, { "budget.monthlyUsd": /has to be more than 0/ }],
    [{ ...base, budget: { monthlyUsd: 50, emails: [] } }, { "budget.emails": /is empty.*who is told/ }],
    [{ ...base, budget: { monthlyUsd: 50 } }, { "budget.emails": /is missing.*who is told/ }],
    [{ ...base, budget: { monthlyUsd: 50, emails: ["nobody"] } }, { "budget.emails.0": /has to be an e-mail address/ }],
    [{ ...base, budget: 50 }, { budget: /has to be an object, such as budget: \{ monthlyUsd: 50/ }],
  ]);
  expect(faults({ ...base, budget: { monthlyUsd: 0.5, emails } })).toEqual({});
});

test("[landing.config.exclude] options that exclude each other, or that a topology does not have, are refused with both names", () => {
  const scaling = { minTasks: 5, maxTasks: 2 };
  refuses([
    [{ ...base, database: { engine: "rds" } }, { database: /no option of the topology "solo": "relational" has it/ }],
    [{ ...base, readerRoles: [] }, { readerRoles: /no option of the topology "solo": "library" has it/ }],
    [
      { ...relational, database: { engine: "rds", minAcu: 1 } },
      { "database.minAcu": /no option of the engine "rds": "aurora-serverless-v2" has it/ },
    ],
    [
      { ...relational, database: { engine: "aurora-serverless-v2", multiAz: true } },
      { "database.multiAz": /no option of the engine "aurora-serverless-v2": "rds" has it/ },
    ],
    [
      { ...relational, database: { engine: "aurora-serverless-v2", minAcu: 8, maxAcu: 4 } },
      { database: /minAcu \(8\) is more than maxAcu \(4\)/ },
    ],
    [
      { ...base, service: { cpu: 256, memoryMiB: 4096, scaling } },
      {
        "service.scaling": /minTasks \(5\) is more than maxTasks \(2\)/,
        "service.memoryMiB": /With cpu 256 Fargate has from 512 to 2048 MiB/,
      },
    ],
    [
      { ...base, topology: "library", service: {} },
      {
        secrets: /is missing, such as secrets: defineSecrets/,
        service: /no option of the topology "library": "solo" and "relational" have it/,
      },
    ],
    [
      { ...base, environments: { dev: { topology: "relational", name: "other" } } },
      { "environments.dev.name": /same in every environment/, "environments.dev.topology": /same in every/ },
    ],
  ]);
});

test("[landing.config.faults] every fault is named at once, each with its path and what would be right", () => {
  refuses([
    [
      {
        ...base,
        netwrk: {},
        region: "mars",
        account: 123_456_789_012,
        service: { cpu: 300, prot: 1, stopTimeoutSeconds: 200, platform: "lambda", environment: { "log-level": "x" } },
        network: { cidr: "10.0.0.0/8", interfaceEndpoints: ["sqs"] },
        waf: true,
      },
      {
        netwrk: /is no option/,
        region: /has to be a region such as eu-central-1/,
        account: /has to be a text, such as account: "123456789012", in quotes/,
        "service.cpu": /has to be 256, 512, 1024, 2048 or 4096/,
        "service.prot": /is no option/,
        "service.stopTimeoutSeconds": /can be at most 120/,
        "service.platform": /has to be "fargate" or "app-runner"/,
        "service.environment.log-level": /capital letters/,
        "network.cidr": /of \/16 to \/22, such as 10\.0\.0\.0\/16/,
        "network.interfaceEndpoints.0": /has to be "secretsmanager", "kms",/,
        waf: /has to be false or an object/,
      },
    ],
    [{ ...base, topology: "fleet" }, { topology: /"solo", "relational" or "library".*to come/ }],
    [{ ...base, topology: undefined }, { topology: /"solo"/ }],
    [
      { ...relational, database: { engine: "mysql" } },
      { "database.engine": /has to be "rds" or "aurora-serverless-v2"/ },
    ],
    [{ ...base, repository: "acme/chat" }, { repository: /has to be an object, such as repository: \{ owner: "acme"/ }],
    [{ ...base, environments: { prod: {} } }, { "environments.prod": /no environment "prod": they are dev, staging/ }],
    [{ ...base, environments: undefined }, { environments: /Name at least one/ }],
    [{ ...base, environments: [] }, { "": /environments is not an object/ }],
    [null, { "": /What the file exports is not an object/ }],
    [{ ...base, extend: {} }, { extend: /has to be a function that is given the stacks/ }],
  ]);
  const error = new AppConfigError([{ path: "name", message: "is missing." }]);
  expect(error.message).toContain("name: is missing.");
});

test("[landing.config.defaults] an environment's settings go over those of all; production protects data and has a firewall", () => {
  const config = {
    ...relational,
    region: "eu-west-1",
    service: { cpu: 512, memoryMiB: 1024 },
    alarms: { emails: ["one@acme.dev", "two@acme.dev"] },
    environments: {
      dev: {},
      production: {
        service: { memoryMiB: 2048 },
        alarms: { emails: ["ops@acme.dev"] },
        database: { engine: "aurora-serverless-v2" },
      },
    },
  };
  const dev = resolveApp(config, "dev");
  const production = resolveApp(config, "production");
  expect(dev).toMatchObject({ prefix: "chat-dev", protectData: false, waf: false, database: { engine: "rds" } });
  expect(production).toMatchObject({
    prefix: "chat-production",
    region: "eu-west-1",
    protectData: true,
    waf: { managedRules: true },
    service: { cpu: 512, memoryMiB: 2048 },
    alarms: { emails: ["ops@acme.dev"] },
    database: { engine: "aurora-serverless-v2", minAcu: 0.5 },
  });
  expect(() => resolveApp(config, "staging")).toThrow(/no environment "staging" here: it has dev, production/);
});
