import { openStore } from "@aloft/adapters/store/index";
import { schemaVersion, tables } from "@aloft/core/tables";
import { parsePlace } from "../moving/place.ts";
import { say } from "./say.ts";

/** Brings the store that Aloft's server is configured for up to date; PostgreSQL's under a lock of its own. */
export async function migrateOwnTables(env: NodeJS.ProcessEnv): Promise<void> {
  const nobody = { write: () => true };
  const { config } = await parsePlace({ out: nobody, err: nobody, env }, "--migrate", "configured");
  const options = { tables, schemaVersion, upkeep: false, setUp: "create", onNotice: say } as const;
  const store = await openStore(config, options);
  await store.close();
}
