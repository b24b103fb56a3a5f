import { productSecrets } from "@aloft/core/secrets/manifest";
import type { Secret } from "@aloft/core/secrets/define-secrets";
import { environmentOf } from "@aloft/core/secrets/names";
import { tables } from "@aloft/core/tables";
import type { Connections, IVpc } from "aws-cdk-lib/aws-ec2";
import type { IRepository } from "aws-cdk-lib/aws-ecr";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import { Blobs } from "../constructs/blobs.ts";
import { imageRepository } from "../constructs/images.ts";
import { dataKey, Keys } from "../constructs/keys.ts";
import { ProgramSignIn, Relational } from "../constructs/relational.ts";
import { type MissingValue, Secrets } from "../constructs/secrets.ts";
import { Tables } from "../constructs/tables.ts";
import { accessOf } from "../permissions/programs.ts";
import type { ProgramAccess, ProgramName } from "../permissions/permission.ts";
import { AloftStack } from "./aloft-stack.ts";

export interface DataStackProps {
  readonly app: ResolvedCompute;
  readonly vpc: IVpc;
}

/** Before the name of each table in DynamoDB. */
export function tablePrefixOf(app: Pick<ResolvedCompute, "prefix">): string {
  return `${app.prefix}_`;
}

/** What holds data: tables or a database, blobs, keys, secrets, images. It outlives every other stack. */
export class DataStack extends AloftStack {
  /** What each program is told and allowed because of what is here. */
  readonly access: Readonly<Record<ProgramName, ProgramAccess>>;
  readonly images: IRepository;
  /** Of the database, if there is one: whoever connects is allowed in. */
  readonly database: Connections | undefined;
  /** Secrets that nobody but their owner can give a value. */
  readonly toPush: readonly MissingValue[];
  readonly bucketName: string;
  /** Of DynamoDB; none on PostgreSQL. */
  readonly tableNames: readonly string[];

  constructor(scope: Construct, { app, vpc }: DataStackProps) {
    super(scope, { app, part: "Data", description: `Data of ${app.prefix}` });
    const { prefix, protectData } = app;
    const encryptionKey = app.encryption === "own" ? dataKey(this, "DataKey", { prefix, protectData }) : undefined;
    const kept = { prefix, protectData, encryptionKey };
    this.images = imageRepository(this, "Images", kept);
    const keys = new Keys(this, "Keys", kept);
    const blobs = new Blobs(this, "Blobs", kept);
    const secrets = new Secrets(this, "Secrets", {
      ...kept,
      manifest: app.secrets,
      wanted: (secret) => isWanted(app, secret),
      secretsPrefix: app.secretsPrefix,
      environmentName: environmentOf(app.secrets, {}, app.environment).name,
    });
    const store =
      app.topology === "solo"
        ? { tables: new Tables(this, "Tables", { ...kept, tables, tablePrefix: tablePrefixOf(app) }) }
        : { database: this.#relational(app, vpc, kept) };
    this.database = store.database?.relational.connections;
    this.toPush = secrets.toPush;
    this.bucketName = blobs.bucketName;
    this.tableNames = store.tables?.specs.map(({ name }) => name) ?? [];
    this.access = accessOf(this, { app, keys, blobs, secrets, encryptionKey, ...store });
    // Programs that still sign in by it import it until they are deployed after this stack.
    if (store.database !== undefined) this.exportValue(store.database.relational.resourceId);
  }

  #relational(app: Extract<ResolvedCompute, { topology: "relational" }>, vpc: IVpc, kept: Kept) {
    const multiAz = app.environment === "production";
    const relational = new Relational(this, "Database", { ...kept, database: app.database, vpc, multiAz });
    const { signIn } = app.database;
    return {
      relational,
      signIn: new ProgramSignIn(this, "DatabaseSignIn", { ...kept, signIn, secretsPrefix: app.secretsPrefix }),
    };
  }
}

interface Kept {
  readonly prefix: string;
  readonly protectData: boolean;
  readonly encryptionKey: ReturnType<typeof dataKey> | undefined;
}

const modelKeys = ["anthropic", "openai", "grok"];

/** Of its own secrets Aloft's server has use for those of what is chosen; a program's own manifest is taken as it is. */
function isWanted(app: ResolvedCompute, { id, fills }: Secret): boolean {
  // Where the database is, and who signs in there, comes of the database itself.
  if (fills.some(({ variable }) => variable === "DATABASE_URL") && app.topology === "relational") return false;
  if (app.secrets !== productSecrets) return true;
  if (id === "llmKeys") return modelKeys.includes(app.models.provider);
  if (id === "oauthGoogle") return app.signIn.includes("google");
  return id !== "database";
}
