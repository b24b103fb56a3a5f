import { openStore } from "@aloft/adapters/store/index";
import { schemaVersion, tables } from "@aloft/core/tables";
import { environmentName } from "@aloft/server/config/env";
import { parsePlace } from "../moving/place.ts";
import { say } from "./say.ts";

/** Brings the store that Aloft's server is configured for up to date; PostgreSQL's under a lock of its own. */
export async function migrateOwnTables(env: NodeJS.ProcessEnv): Promise<void> {
  const nobody = { write: () => true };
  const { config } = await parsePlace({ out: nobody, err: nobody, env }, "--migrate", "configured");
  // In production, tables in DynamoDB come with the deployment.
  const deployed = config.type === "dynamodb" && environmentName(env) === "production";
  const setUp = deployed ? "verify" : "create";
  const options = { tables, schemaVersion, upkeep: false, setUp, onNotice: say } as const;
  const store = await openStore(config, options);
  await store.close();
}
