import { join } from "node:path";
import type { BlobsConfig, KeysConfig, StoreConfig } from "./config.ts";
import type { Variable } from "./env.ts";
import type { Reader } from "./reader.ts";

const ofDynamodb = ["DYNAMODB_REGION", "DYNAMODB_TABLE_PREFIX"] as const;
const ofPostgres = ["DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_TENANT", "DATABASE_POOL_SIZE"] as const;
const ofS3 = ["STORAGE_BUCKET", "STORAGE_REGION", "STORAGE_PREFIX", "STORAGE_KMS_KEY_ID"] as const;
const ofKms = [
  "KMS_KEY_ID",
  "KMS_PREVIOUS_KEY_IDS",
  "KMS_SIGNING_KEY_ID",
  "KMS_PUBLISHED_SIGNING_KEY_IDS",
  "KMS_REGION",
] as const;

const regionExample = "eu-central-1";
const anyRegion = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

/** Refuses what belongs to an engine that is not the chosen one. */
export function refuseStrays(read: Reader, chooser: Variable, chosen: string, strays: readonly Variable[]): void {
  for (const stray of strays) {
    if (read.text(stray) === undefined) continue;
    read.fault(
      [chooser, stray],
      `${stray} has no meaning while ${chooser} is ${chosen}. Remove it, or choose what it belongs to.`,
      `${chooser}=${chosen}`,
    );
  }
}

/** A region of its own, or the one that all of AWS is used in. */
function readRegion(read: Reader, variable: Variable, [chooser, chosen]: readonly [Variable, string]): string {
  const given = read.text(variable) ?? read.text("AWS_REGION");
  const named = read.text(variable) === undefined ? "AWS_REGION" : variable;
  if (given === undefined) {
    const problem = `${chooser}=${chosen} needs a region: set ${variable}, or AWS_REGION for everything on AWS.`;
    read.fault([chooser, variable], problem, `${variable}=${regionExample}`);
    return "";
  }
  if (!anyRegion.test(given)) read.fault(named, "It is not the name of an AWS region.", `${named}=${regionExample}`);
  return given;
}

/** @param environment stands in the default of the tables' prefix, so that two environments never share tables. */
export function readStore(read: Reader, dataDir: string, environment: string): StoreConfig {
  const type = read.oneOf("MAIN_DB_TYPE", ["sqlite", "dynamodb", "postgres"], "sqlite");
  if (type !== "dynamodb") refuseStrays(read, "MAIN_DB_TYPE", type, ofDynamodb);
  if (type !== "postgres") refuseStrays(read, "MAIN_DB_TYPE", type, ofPostgres);
  if (type === "dynamodb") return readDynamodb(read, environment);
  return type === "postgres" ? readPostgres(read) : { type, folder: dataDir };
}

function readDynamodb(read: Reader, environment: string): StoreConfig {
  const tablePrefix = read.text("DYNAMODB_TABLE_PREFIX") ?? `aloft_${environment}_`;
  if (!/^[a-zA-Z0-9_.-]{1,100}$/.test(tablePrefix)) {
    const problem = "It may have letters, digits and _ . - only, 100 at most.";
    read.fault("DYNAMODB_TABLE_PREFIX", problem, "DYNAMODB_TABLE_PREFIX=aloft_production_");
  }
  return { type: "dynamodb", region: readRegion(read, "DYNAMODB_REGION", ["MAIN_DB_TYPE", "dynamodb"]), tablePrefix };
}

const databaseExample = "postgres://aloft:PASSWORD@db.example.com:5432/aloft?sslmode=verify-full";

function readPostgres(read: Reader): StoreConfig {
  const url = readDatabaseUrl(read, "DATABASE_URL");
  if (url === undefined && read.text("DATABASE_URL") === undefined) {
    const problem = "MAIN_DB_TYPE=postgres needs the database's address in DATABASE_URL.";
    read.fault(["MAIN_DB_TYPE", "DATABASE_URL"], problem, `DATABASE_URL=${databaseExample}`);
  }
  const directUrl = readDatabaseUrl(read, "DATABASE_DIRECT_URL");
  const tenant = read.text("DATABASE_TENANT");
  if (tenant !== undefined && !/^[a-zA-Z0-9_.-]{1,63}$/.test(tenant)) {
    const problem = "It may have letters, digits and _ . - only, 63 at most.";
    read.fault("DATABASE_TENANT", problem, "DATABASE_TENANT=acme");
  }
  const poolSize = read.integer("DATABASE_POOL_SIZE", { min: 1, max: 1000, fallback: 10 });
  return {
    type: "postgres",
    url: url ?? "",
    ...(directUrl === undefined ? {} : { directUrl }),
    ...(tenant === undefined ? {} : { tenant }),
    poolSize,
  };
}

/** The text as it was given: what it says beyond the address is the driver's. */
function readDatabaseUrl(read: Reader, variable: Variable): string | undefined {
  const given = read.text(variable);
  if (given === undefined) return undefined;
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  const isPostgres = parsed !== undefined && ["postgres:", "postgresql:"].includes(parsed.protocol);
  if (isPostgres && parsed.hostname !== "" && parsed.pathname.length > 1) return given;
  const problem =
    "It must be a URL of PostgreSQL with host and database; special characters in the password are %-escaped.";
  read.fault(variable, problem, `${variable}=${databaseExample}`);
  return undefined;
}

export function readBlobs(read: Reader, dataDir: string): BlobsConfig {
  const type = read.oneOf("STORAGE_TYPE", ["filesystem", "local", "s3"], "filesystem");
  if (type !== "s3") {
    refuseStrays(read, "STORAGE_TYPE", "filesystem", ofS3);
    return { type: "filesystem", folder: join(dataDir, "blobs") };
  }
  const bucket = read.text("STORAGE_BUCKET");
  const example = "STORAGE_BUCKET=acme-aloft-files";
  if (bucket === undefined) {
    read.fault(["STORAGE_TYPE", "STORAGE_BUCKET"], "STORAGE_TYPE=s3 needs a bucket in STORAGE_BUCKET.", example);
  } else if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    read.fault("STORAGE_BUCKET", "It is no name of a bucket: lower-case letters, digits, dots and hyphens.", example);
  }
  const prefix = read.text("STORAGE_PREFIX");
  const kmsKeyId = read.text("STORAGE_KMS_KEY_ID");
  return {
    type,
    bucket: bucket ?? "",
    region: readRegion(read, "STORAGE_REGION", ["STORAGE_TYPE", "s3"]),
    ...(prefix === undefined ? {} : { prefix }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

/** What may name a key to KMS: its ARN, its id, or an alias. */
const anyKmsKey =
  /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/[\w/-]+|alias\/[\w/-]+|(?:mrk-)?[0-9a-f-]{32,36})$/;
const kmsExample = "KMS_KEY_ID=alias/aloft-production";

export function readKeys(read: Reader, dataDir: string): KeysConfig {
  const type = read.oneOf("KEYS_TYPE", ["file", "kms"], "file");
  if (type === "file") {
    refuseStrays(read, "KEYS_TYPE", "file", ofKms);
    return { type, path: join(dataDir, "keys.json") };
  }
  const kmsKey = (variable: Variable): string | undefined => {
    const given = read.text(variable);
    if (given !== undefined && !anyKmsKey.test(given)) {
      read.fault(
        variable,
        "It names no key of KMS: give an ARN, an id or an alias.",
        `${variable}=alias/aloft-production`,
      );
    }
    return given;
  };
  const keyId = kmsKey("KMS_KEY_ID");
  if (keyId === undefined) {
    read.fault(["KEYS_TYPE", "KMS_KEY_ID"], "KEYS_TYPE=kms needs the key that seals in KMS_KEY_ID.", kmsExample);
  }
  const signingKeyId = kmsKey("KMS_SIGNING_KEY_ID");
  const listed = (variable: Variable) =>
    (read.text(variable) ?? "")
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "");
  return {
    type,
    region: readRegion(read, "KMS_REGION", ["KEYS_TYPE", "kms"]),
    keyId: keyId ?? "",
    previousKeyIds: listed("KMS_PREVIOUS_KEY_IDS"),
    publishedSigningKeyIds: listed("KMS_PUBLISHED_SIGNING_KEY_IDS"),
    ...(signingKeyId === undefined ? {} : { signingKeyId }),
  };
}
