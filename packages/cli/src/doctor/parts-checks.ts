import { AloftError } from "@aloft/core/errors";
import { openConfiguredBlobs, openConfiguredKeys, openConfiguredStore } from "@aloft/server/compose";
import type { Config } from "@aloft/server/config/config";
import { failed, type Finding, ok } from "./finding.ts";

/** Asks what is not on this machine whether it is there, fits, and lets this process in. Changes nothing. */
export async function checkParts(config: Config): Promise<readonly Finding[]> {
  const { store, blobs, keys } = config;
  const checks: Promise<Finding>[] = [];
  if (store.type === "dynamodb") {
    const where = `DynamoDB in ${store.region}, tables ${store.tablePrefix}…`;
    checks.push(check("store", where, "aloft store status", () => openConfiguredStore(config, { ...looking })));
  }
  if (store.type === "postgres") {
    const where = `PostgreSQL at ${new URL(store.url).host}`;
    checks.push(check("store", where, "aloft store status", () => openConfiguredStore(config, { ...looking })));
  }
  if (blobs.type === "s3") {
    const where = `bucket ${blobs.bucket} in ${blobs.region}`;
    checks.push(check("files", where, "aws s3api head-bucket", () => openConfiguredBlobs(config)));
  }
  if (keys.type === "kms") {
    const where = `KMS in ${keys.region}, ${keys.keyId}`;
    checks.push(check("keys", where, "aloft keys status", () => openConfiguredKeys(config)));
  }
  return Promise.all(checks);
}

const looking = { setUp: "verify", upkeep: false } as const;

interface Part extends AsyncDisposable {
  check(): Promise<unknown>;
}

async function check(name: string, where: string, lookAt: string, open: () => Promise<Part>): Promise<Finding> {
  try {
    await using part = await open();
    await part.check();
    return ok(name, where);
  } catch (error) {
    if (!(error instanceof AloftError)) throw error;
    return failed(name, error.message, `Do as it says, then look again; \`${lookAt}\` shows more.`);
  }
}
