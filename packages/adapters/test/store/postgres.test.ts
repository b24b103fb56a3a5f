import { storeContract } from "@aloft/core/contract/store";
import { describe } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { openTestPostgres } from "../../src/store/testing/postgres.ts";

for (const version of [16, 18] as const) {
  const here = await available(`PostgreSQL ${version}`, () => service(`postgres-${version}`));
  describe.runIf(here)(`PostgreSQL ${version}`, () =>
    storeContract(
      "postgres",
      openTestPostgres(() => service(`postgres-${version}`)),
    ),
  );
}
