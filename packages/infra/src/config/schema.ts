import type { SecretsManifest } from "@aloft/core/secrets/define-secrets";
import type { Stack } from "aws-cdk-lib";
import { z } from "zod";

export const environmentNames = ["dev", "staging", "production"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** Longer ones leave no room in the names that AWS limits to 32 characters. */
export const maxNameLength = 16;

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "has to begin with a letter, and can have lower-case letters, digits and hyphens only")
  .regex(/[^-]$/, "has to end with a letter or digit")
  .regex(/^(?!.*--)/, "cannot have two hyphens in a row: ECR and RDS take no such name")
  .regex(/^(?!internal(-|$))/, 'cannot begin with "internal": load balancers take no such name')
  .min(2, "has to have at least 2 characters")
  .max(maxNameLength, {
    error: ({ input }) => {
      const length = typeof input === "string" ? input.length : 0;
      return `can have at most ${maxNameLength} characters, and this has ${length}: what AWS limits is named after it`;
    },
  });

const domainName = z
  .string()
  .regex(/^(?!-)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, "has to be a host's name, such as chat.example.com");
const arn = (service: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:`), `has to be an ARN of ${service}`);
const email = z.email("has to be an e-mail address");

/** Who answers for the domain's names. */
export const domainSchema = z.strictObject({
  name: domainName,
  dns: z.discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("route53"),
      zoneName: domainName,
      hostedZoneId: z.string().regex(/^Z[A-Z0-9]+$/, "begins with Z and has capital letters and digits only"),
    }),
    /** The certificate is in us-east-1, where CloudFront looks for it; the records are made by hand. */
    z.strictObject({ provider: z.literal("external"), certificateArn: arn("acm") }),
  ]),
});

export const repositorySchema = z.strictObject({
  owner: z.string().regex(/^[A-Za-z0-9-]+$/, "has to be the owner's name on GitHub, without a slash"),
  name: z.string().regex(/^[\w.-]+$/, "has to be the repository's name on GitHub, without its owner"),
  /** GitHub's numbers of the two. Repositories made or renamed since 2026-07-15 have them in their tokens. */
  ownerId: z.string().regex(/^\d+$/, "has to be a number in quotes").optional(),
  id: z.string().regex(/^\d+$/, "has to be a number in quotes").optional(),
  /** The branch that is deployed. */
  branch: z.string().default("main"),
  /** GitHub's tokens are known to an account once: `existing` in all but one of the environments that share it. */
  oidcProvider: z.enum(["create", "existing"]).default("create"),
});

const whole = (min: number, max: number) => z.number().int().min(min).max(max);

export const networkSchema = z.strictObject({
  /** How private subnets reach the Internet: see docs/landing.md for what each costs and cannot reach. */
  egress: z.enum(["nat-instance", "nat-gateway", "ipv6"]).default("nat-instance"),
  availabilityZones: whole(2, 3).default(2),
  cidr: z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/(1[6-9]|2[0-2])$/, "has to be a network of /16 to /22, such as 10.0.0.0/16")
    .default("10.0.0.0/16"),
  /** AWS services reached without leaving the network, such as `kms`; each is paid by the hour and zone. */
  interfaceEndpoints: z
    .array(z.enum(["secretsmanager", "kms", "ecr", "logs", "ssm", "ecs", "bedrock-runtime", "sts"]))
    .default([]),
  /** Names of the zones. Default: the region's first. CloudFront reaches into all but a few: in us-east-1 not into use1-az3. */
  zones: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "has to be a zone such as us-east-1a"))
    .min(2)
    .max(3)
    .optional(),
  /** What is written down of the network's connections: those that were refused (cents a month), all, or none. */
  flowLogs: z.enum(["rejected", "all", "none"]).default("rejected"),
});

/** What runs: Aloft's own server, or any program that listens on HTTP. */
export const imageSchema = z.union([
  z.literal("aloft"),
  z.strictObject({
    /** Path of a Dockerfile, from the configuration's folder. */
    dockerfile: z.string(),
    /** Folder that is sent to the build. */
    context: z.string().default("."),
  }),
]);

export const scalingSchema = z.strictObject({
  minTasks: whole(0, 100).default(1),
  maxTasks: whole(1, 200).default(4),
  cpuPercent: whole(10, 90).default(60),
  memoryPercent: whole(10, 90).default(75),
  /** Work waiting for each task, by a metric that the program publishes; tasks are added above it. */
  backlogPerTask: z
    .strictObject({ namespace: z.string(), metric: z.string(), target: z.number().positive() })
    .optional(),
});

export const serviceSchema = z.strictObject({
  image: imageSchema.optional(),
  /** What carries it. App Runner takes no new customers since 2026-04-30. */
  platform: z.enum(["fargate", "app-runner"]).default("fargate"),
  existingAppRunnerCustomer: z.boolean().default(false),
  /** 1024 are one processor. */
  cpu: z.union([z.literal(256), z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)]).default(256),
  memoryMiB: whole(512, 30_720).default(512),
  port: whole(1, 65_535).default(3000),
  /** Alive: what the load balancer asks. */
  healthPath: z.string().startsWith("/").default("/health"),
  scaling: scalingSchema.prefault({}),
  deployment: z.enum(["rolling", "blue-green"]).default("rolling"),
  /** From SIGTERM to SIGKILL. */
  stopTimeoutSeconds: whole(10, 120).default(60),
  /** Plain settings. What is secret belongs into a secret. */
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
});

export const wafSchema = z.strictObject({
  /** Of one address within five minutes. */
  requestsPerFiveMinutes: whole(10, 2_000_000_000).default(2000),
  /** AWS's own rules: common, known bad inputs, addresses of bad repute. */
  managedRules: z.boolean().default(true),
});

export const modelsSchema = z.strictObject({
  provider: z.enum(["anthropic", "openai", "grok", "bedrock", "offline"]).default("offline"),
  defaultModel: z.string().optional(),
});

const everyDatabase = {
  backupDays: whole(1, 35).default(7),
  signIn: z.enum(["secret", "iam"]).default("secret"),
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]{0,62}$/,
      "has to begin with a letter, and can have lower-case letters, digits and underscores only",
    )
    .default("app"),
};

export const databaseSchema = z.discriminatedUnion("engine", [
  z.strictObject({
    engine: z.literal("rds"),
    version: z.enum(["17", "18"]).default("17"),
    instanceClass: z
      .string()
      .regex(/^[a-z0-9]+\.[a-z0-9]+$/, "has to be a class such as t4g.micro")
      .default("t4g.micro"),
    storageGiB: whole(20, 65_536).default(20),
    multiAz: z.boolean().optional(),
    ...everyDatabase,
  }),
  z.strictObject({
    engine: z.literal("aurora-serverless-v2"),
    version: z.enum(["17"]).default("17"),
    /** 0: it pauses when nobody is connected, and takes about 15 seconds to come back. */
    minAcu: z.number().min(0).max(256).default(0.5),
    maxAcu: z.number().min(1).max(256).default(4),
    ...everyDatabase,
  }),
]);

const manifest = z.custom<SecretsManifest>(
  (value) => typeof value === "object" && value !== null && "secrets" in value && "variables" in value,
  "has to be what defineSecrets gives",
);

/** The stacks of an app, as far as it has them, by part. */
export interface AppStacks {
  readonly Network?: Stack;
  readonly Data?: Stack;
  readonly Cluster?: Stack;
  readonly Guard?: Stack;
  readonly Compute?: Stack;
  readonly Monitoring?: Stack;
  readonly Access?: Stack;
}

const extend = z.custom<(stacks: AppStacks) => void>(
  (value) => typeof value === "function",
  'has to be a function that is given the stacks: extend: ({ Data }) => { new Topic(Data!, "Orders"); }',
);

const shared = {
  name,
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "has to be a region such as eu-central-1")
    .default("us-east-1"),
  account: z
    .string()
    .regex(/^\d{12}$/, "has to be twelve digits, in quotes")
    .optional(),
  repository: repositorySchema.optional(),
  budget: z
    .strictObject({ monthlyUsd: z.number().positive("has to be more than 0"), emails: z.array(email).min(1) })
    .optional(),
  tags: z.record(z.string(), z.string()).default({}),
  /** API calls of the account are recorded, and kept a year. One a region is enough: leave it off if you have one. */
  trail: z.boolean().default(false),
  /** GuardDuty and Access Analyzer. One a region is enough as well. */
  detectors: z.boolean().default(false),
  /** Default: in production only. What holds data then outlives its stack, and cannot be deleted by mistake. */
  protectData: z.boolean().optional(),
  /** `aws`: keys that AWS owns, for free. `own`: one key of the account, which its policies can withhold. */
  encryption: z.enum(["aws", "own"]).default("aws"),
  /** Adds constructs of your own to the stacks, when all of Aloft's are made. They are planned, priced and checked alike. */
  extend: extend.optional(),
  /** Refusals that err about this app, by id, each with the reason. They are shown as warnings then. */
  accept: z.record(z.string(), z.string().min(1, "says why")).default({}),
};

const computing = {
  network: networkSchema.prefault({}),
  service: serviceSchema.prefault({}),
  models: modelsSchema.prefault({}),
  domain: domainSchema.optional(),
  /** Default: in production. */
  waf: z.union([z.literal(false), wafSchema]).optional(),
  alarms: z.strictObject({ emails: z.array(email).default([]) }).prefault({}),
  logRetentionDays: z.union([z.literal(7), z.literal(14), z.literal(30), z.literal(90), z.literal(365)]).default(30),
  /** Traces and metrics by a collector beside the program. */
  openTelemetry: z.boolean().default(false),
  /** The program's secrets. Default: those of Aloft's own server. */
  secrets: manifest.optional(),
  signIn: z.array(z.enum(["google"])).default([]),
};

export const soloSchema = z.strictObject({ ...shared, ...computing, topology: z.literal("solo") });
export const relationalSchema = z.strictObject({
  ...shared,
  ...computing,
  topology: z.literal("relational"),
  database: databaseSchema.prefault({ engine: "rds" }),
  /** Words of the command that migrates, run once before new tasks take over. Default: `aloft exec --migrate`'s own. */
  migrate: z.array(z.string()).optional(),
});
export const librarySchema = z.strictObject({
  ...shared,
  topology: z.literal("library"),
  /** Whose variables are kept, as one JSON secret an environment. */
  secrets: manifest,
  /** Roles of the same account, by name, that may read it. */
  readerRoles: z.array(z.string().regex(/^[\w+=,.@-]{1,64}$/, "has to be a role's name, not its ARN")).default([]),
});

export const resolvedSchema = z.discriminatedUnion("topology", [soloSchema, relationalSchema, librarySchema]);

export type ResolvedOptions = z.output<typeof resolvedSchema>;

type Overridable<T> = {
  [K in keyof Omit<T, "name" | "topology">]?: T[K] extends object | undefined ? Partial<T[K]> : T[K];
};
type WithEnvironments<T> = T & {
  /** What differs in each; an empty object: nothing does. */
  readonly environments: { readonly [E in EnvironmentName]?: Overridable<T> };
};

export type SoloConfig = WithEnvironments<z.input<typeof soloSchema>>;
export type RelationalConfig = WithEnvironments<z.input<typeof relationalSchema>>;
export type LibraryConfig = WithEnvironments<z.input<typeof librarySchema>>;
export type AppConfig = SoloConfig | RelationalConfig | LibraryConfig;

export type DomainOptions = z.output<typeof domainSchema>;
export type NetworkOptions = z.output<typeof networkSchema>;
export type ServiceOptions = z.output<typeof serviceSchema>;
export type DatabaseOptions = z.output<typeof databaseSchema>;
export type WafOptions = z.output<typeof wafSchema>;
