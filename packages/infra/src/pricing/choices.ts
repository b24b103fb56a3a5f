import type { ResolvedApp, ResolvedCompute, ResolvedRelational } from "../config/resolve.ts";

/** An option of the configuration that an app could set otherwise. */
export interface Choice {
  /** Stable, such as `egress-ipv6`. */
  readonly id: string;
  /** As it would be written in aloft.config.ts. */
  readonly setting: string;
  /** What one gets, in plain words. */
  readonly what: string;
  /** What one gives up. */
  readonly loses?: string;
  /** The app with it. */
  readonly change: ResolvedApp;
  /** Nothing but the endpoints of this service. */
  readonly endpoint?: EndpointName;
}

const endpointNames = ["secretsmanager", "kms", "ecr", "logs", "ssm", "ecs", "bedrock-runtime", "sts"] as const;
export type EndpointName = (typeof endpointNames)[number];

/** The app with these endpoints besides its own. */
export function withEndpoints(app: ResolvedCompute, names: readonly EndpointName[]): ResolvedCompute {
  const { network } = app;
  return { ...app, network: { ...network, interfaceEndpoints: [...network.interfaceEndpoints, ...names] } };
}

/** What could be chosen otherwise and makes a difference to the price, from the network to what watches. */
export function choicesFor(app: ResolvedApp): readonly Choice[] {
  const own = app.topology === "library" ? [] : [...ofNetwork(app), ...ofService(app)];
  const database = app.topology === "relational" ? ofDatabase(app) : [];
  return [...own, ...database, ...ofAccount(app)];
}

const egress = {
  "nat-gateway": {
    what: "A NAT gateway, which AWS keeps running, up to 100 Gbit/s",
    loses: undefined,
  },
  "nat-instance": {
    what: "One small machine that forwards instead of a NAT gateway",
    loses: "up to some 30 Mbit/s; while it is replaced, nothing reaches the Internet",
  },
  ipv6: {
    what: "IPv6 only on the way out; Fargate asks for images and logs by IPv4, which takes endpoints",
    loses: "hosts without AAAA records cannot be reached; GitHub's API is one",
  },
} as const;

/** Without them tasks do not start where the way out has no IPv4. */
const neededByIpv6: readonly EndpointName[] = ["ecr", "logs"];

function ofNetwork(app: ResolvedCompute): readonly Choice[] {
  const { network } = app;
  const others = (["nat-gateway", "nat-instance", "ipv6"] as const).filter((one) => one !== network.egress);
  const endpoints = endpointNames.filter((one) => !network.interfaceEndpoints.includes(one));
  return [
    ...others.map((one): Choice => {
      const { what, loses } = egress[one];
      const needed = one === "ipv6" ? neededByIpv6 : [];
      const missing = needed.filter((name) => !network.interfaceEndpoints.includes(name));
      const interfaceEndpoints = [...network.interfaceEndpoints, ...missing];
      const and =
        missing.length === 0
          ? ""
          : `, interfaceEndpoints: [${interfaceEndpoints.map((name) => `"${name}"`).join(", ")}]`;
      const setting = `network: { egress: "${one}"${and} }`;
      const change = { ...app, network: { ...network, egress: one, interfaceEndpoints } };
      return { id: `egress-${one}`, setting, what, change, ...(loses === undefined ? {} : { loses }) };
    }),
    ...(network.availabilityZones === 2
      ? [
          {
            id: "third-zone",
            setting: "network: { availabilityZones: 3 }",
            what: "A third zone for tasks to be in",
            change: { ...app, network: { ...network, availabilityZones: 3 } },
          },
        ]
      : []),
    ...(network.interfaceEndpoints.length === 0
      ? []
      : [
          {
            id: "no-endpoints",
            setting: "network: { interfaceEndpoints: [] }",
            what: "AWS's services reached over the network's way out, encrypted all the same",
            loses: "what goes to them leaves the network",
            change: { ...app, network: { ...network, interfaceEndpoints: [] } },
          },
        ]),
    ...endpoints.map((one): Choice => ({
      id: `endpoint-${one}`,
      setting: `network: { interfaceEndpoints: ["${one}"] }`,
      what: `${one} reached without leaving the network`,
      change: withEndpoints(app, [one]),
      endpoint: one,
    })),
  ];
}

function ofService(app: ResolvedCompute): readonly Choice[] {
  const { service, waf } = app;
  const { scaling, deployment } = service;
  const minTasks = scaling.minTasks + 1;
  const tasks = { ...scaling, minTasks, maxTasks: Math.max(scaling.maxTasks, minTasks) };
  const blueGreen = deployment === "blue-green";
  return [
    {
      id: "another-task",
      setting: `service: { scaling: { minTasks: ${minTasks} } }`,
      what: "One task more at all times: one may fail, or its zone, and nobody notices",
      change: { ...app, service: { ...service, scaling: tasks } },
    },
    {
      id: blueGreen ? "rolling" : "blue-green",
      setting: `service: { deployment: "${blueGreen ? "rolling" : "blue-green"}" }`,
      what: blueGreen
        ? "Tasks are replaced one by one"
        : "New tasks take over all at once, and the old ones stay for a way back",
      change: { ...app, service: { ...service, deployment: blueGreen ? "rolling" : "blue-green" } },
    },
    waf === false
      ? {
          id: "waf",
          setting: "waf: {}",
          what: "A firewall before it: AWS's rules, and a limit for each address",
          change: { ...app, waf: { requestsPerFiveMinutes: 2000, managedRules: true } },
        }
      : {
          id: "no-waf",
          setting: "waf: false",
          what: "No firewall before it",
          loses: "attacks and floods of requests reach the program",
          change: { ...app, waf: false },
        },
    app.openTelemetry
      ? {
          id: "no-open-telemetry",
          setting: "openTelemetry: false",
          what: "No collector beside the program",
          loses: "no traces, and no metrics but AWS's own",
          change: { ...app, openTelemetry: false },
        }
      : {
          id: "open-telemetry",
          setting: "openTelemetry: true",
          what: "Traces and metrics by a collector beside the program",
          change: { ...app, openTelemetry: true },
        },
    ...smallerTasks(app),
  ];
}

const smallest = { cpu: 256, memoryMiB: 512 } as const;

function smallerTasks(app: ResolvedCompute): readonly Choice[] {
  const { service } = app;
  const { cpu, memoryMiB, scaling } = service;
  const large = cpu > smallest.cpu || memoryMiB > smallest.memoryMiB;
  return [
    ...(scaling.minTasks > 1
      ? [
          {
            id: "one-task",
            setting: "service: { scaling: { minTasks: 1 } }",
            what: "One task while there is little to do",
            loses: "while it is replaced after a failure, nobody is served",
            change: { ...app, service: { ...service, scaling: { ...scaling, minTasks: 1 } } },
          },
        ]
      : []),
    ...(large
      ? [
          {
            id: "small-tasks",
            setting: `service: { cpu: ${smallest.cpu}, memoryMiB: ${smallest.memoryMiB} }`,
            what: "Tasks of the smallest size",
            loses: "each serves less, so there are more of them in busy hours",
            change: { ...app, service: { ...service, ...smallest } },
          },
        ]
      : []),
  ];
}

function ofDatabase(app: ResolvedRelational): readonly Choice[] {
  const { database } = app;
  const { backupDays, signIn, name } = database;
  const rest = { version: "17", backupDays, signIn, name } as const;
  if (database.engine !== "rds") {
    const rds = { ...rest, engine: "rds", instanceClass: "t4g.micro", storageGiB: 20, multiAz: false } as const;
    return [
      {
        id: "rds",
        setting: 'database: { engine: "rds" }',
        what: "One t4g.micro instead of Aurora",
        loses: "it does not grow with the load, and has no standby",
        change: { ...app, database: rds },
      },
    ];
  }
  // As the database itself decides it, where the configuration does not.
  const { multiAz = app.environment === "production" } = database;
  return [
    {
      id: multiAz ? "single-zone" : "multi-zone",
      setting: `database: { multiAz: ${!multiAz} }`,
      what: multiAz ? "No standby of the database" : "A standby of the database in another zone",
      ...(multiAz ? { loses: "if its zone fails, it is restored from a backup, by hand" } : {}),
      change: { ...app, database: { ...database, multiAz: !multiAz } },
    },
    {
      id: "aurora",
      setting: 'database: { engine: "aurora-serverless-v2" }',
      what: "Aurora, which grows with the load from 0.5 to 4 ACU",
      change: { ...app, database: { ...rest, engine: "aurora-serverless-v2", minAcu: 0.5, maxAcu: 4 } },
    },
  ];
}

function ofAccount(app: ResolvedApp): readonly Choice[] {
  const own = app.encryption === "own";
  const switched = (id: "trail" | "detectors", what: string): Choice => ({
    id: app[id] ? `no-${id}` : id,
    setting: `${id}: ${!app[id]}`,
    what: app[id] ? `Without it: ${what}` : what,
    change: { ...app, [id]: !app[id] },
  });
  return [
    {
      id: own ? "aws-keys" : "own-key",
      setting: `encryption: "${own ? "aws" : "own"}"`,
      what: own
        ? "Keys that AWS owns for what is stored"
        : "One key of the account for what is stored, which policies can withhold",
      ...(own ? { loses: "nobody but AWS decides who may use them" } : {}),
      change: { ...app, encryption: own ? "aws" : "own" },
    },
    switched("trail", "A record of the account's API calls, kept a year"),
    switched("detectors", "GuardDuty and Access Analyzer"),
  ];
}
