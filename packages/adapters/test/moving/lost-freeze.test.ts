import { describe, expect, test } from "vitest";
import { relics } from "@aloft/core/contract/store-tables";
import { UnavailableError } from "@aloft/core/errors";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { createTestDatabase, runSql } from "../../src/store/testing/postgres.ts";
import { temporaryFolder } from "../../src/store/testing/temporary-store.ts";
import { copy, openFile, tables } from "../../src/moving/testing/stores.ts";

const here = await available("PostgreSQL 18", () => service("postgres-18"));

describe.runIf(here)("PostgreSQL", () => {
  test(
    "[moving.copy.lost-freeze] a copy fails whose freeze ended with its connection",
    { timeout: 60_000 },
    async () => {
      await using database = await createTestDatabase(() => service("postgres-18"));
      await using temporary = await temporaryFolder();
      await using from = await postgresStore({ url: database.url, tables, schemaVersion: 1, upkeep: false });
      await using to = await openFile(temporary.folder, "to.db");
      await from.create(relics, { id: "r", value: 1 });
      const cutOff = async (): Promise<void> => {
        const cut = await runSql(
          database.url,
          `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database
         WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND datname = current_database()`,
        );
        expect(cut.length).toBeGreaterThan(0);
        await from.update(relics, { id: "r" }, { add: { value: 1 } });
      };
      const copying = copy(from, to, { hold: cutOff });
      await expect(copying).rejects.toThrow(UnavailableError);
      await expect(copying).rejects.toThrow("there may have been writes");
    },
  );
});
