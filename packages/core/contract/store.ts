import { afterAll, beforeAll, describe } from "vitest";
import type { Store } from "../src/ports/store.ts";
import type { AnyTable } from "../src/tables/define-table.ts";
import { conditionPromises } from "./store-conditions.ts";
import { expiryPromises } from "./store-expiry.ts";
import { lifetimePromises } from "./store-lifetime.ts";
import { limitPromises } from "./store-limits.ts";
import { modelPromises } from "./store-model.ts";
import { movingPromises } from "./store-moving.ts";
import { pagePromises } from "./store-pages.ts";
import { pagingPromises } from "./store-paging.ts";
import { searchPromises } from "./store-search.ts";
import { contractTables } from "./store-tables.ts";
import { transactionPromises } from "./store-transactions.ts";
import { uniquePromises } from "./store-uniques.ts";
import { vectorPromises } from "./store-vectors.ts";
import { wholePromises } from "./store-whole.ts";
import { writePromises } from "./store-writes.ts";

/** A store to try, holding nothing. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  /** Opens the same data once more, as another process would, while the first is open or after it was closed. */
  readonly reopen: () => Promise<Store>;
  /** Sets the clock that expiry goes by; until then it goes by the system's. */
  readonly setNow: (now: Date) => void;
}

export type OpenStoreUnderTest = (options: {
  readonly tables: readonly AnyTable[];
  readonly schemaVersion: number;
}) => Promise<StoreUnderTest>;

/** What the promises are tried on. */
export interface Trial {
  readonly store: Store;
  readonly reopen: () => Promise<Store>;
  readonly setNow: (now: Date) => void;
  readonly open: OpenStoreUnderTest;
}

/**
 * Every promise of the store port, tried on one engine.
 * @param open a fresh store on every call.
 */
export function storeContract(engine: string, open: OpenStoreUnderTest): void {
  describe(`store contract: ${engine}`, () => {
    let opened: StoreUnderTest;
    beforeAll(async () => {
      opened = await open({ tables: contractTables, schemaVersion: 1 });
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    const trial: Trial = {
      get store() {
        return opened.store;
      },
      reopen: () => opened.reopen(),
      setNow: (now) => opened.setNow(now),
      open,
    };
    describe("writes", () => writePromises(trial));
    describe("conditions", () => conditionPromises(trial));
    describe("unique values", () => uniquePromises(trial));
    describe("transactions", () => transactionPromises(trial));
    describe("limits", () => limitPromises(trial));
    describe("pages", () => pagePromises(trial));
    describe("paging", () => pagingPromises(trial));
    describe("indexes over the whole table", () => wholePromises(trial));
    describe("search", () => searchPromises(trial));
    describe("vectors", () => vectorPromises(trial));
    describe("expiry", () => expiryPromises(trial));
    describe("lifetime", () => lifetimePromises(trial));
    describe("moving", () => movingPromises(trial));
    describe("model", () => modelPromises(trial));
  });
}
