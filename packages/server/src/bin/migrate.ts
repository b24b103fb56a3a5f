import { migrateConfiguredStore } from "../compose.ts";
import { loadStore } from "../config/load.ts";
import type { Environment } from "../config/env.ts";
import { createLogger } from "../http/logging.ts";
import { withKeptSecrets } from "./kept-secrets.ts";

const waitMs = 10 * 60_000;

/**
 * Brings the store to what this version needs, once however many do so. In production it makes no tables in DynamoDB:
 * the deployment does; what is written there is the number of their schema, without which no server starts. In PostgreSQL it
 * makes the user that servers are, if DATABASE_PROGRAM_USER names one.
 * @throws {AloftError} what is in the way, with what to do about it.
 */
export async function migrate(env: Environment): Promise<number> {
  const whole = await withKeptSecrets(env);
  const loaded = loadStore(whole.env);
  const logger = createLogger({ level: "info", secrets: new Set([...whole.secrets, ...loaded.secrets]) });
  const done = await migrateConfiguredStore(loaded, whole.env, {
    waitMs,
    onProgress: (message) => logger.info(message),
  });
  for (const { what } of done) logger.info({ what }, "migrated");
  logger.info({ store: loaded.store.type, changes: done.length }, "the store is up to date");
  return 0;
}
