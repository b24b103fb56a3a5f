import type { StackPart } from "../stacks/aloft-stack.ts";
import type { AlwaysFree } from "./always-free.ts";
import type { Load } from "./load.ts";
import type { PriceKey } from "./price-row.ts";
import type { FoundPrice } from "./prices.ts";

/** What a quantity costs in a month. */
export interface Monthly {
  /** All of it, in the line's unit. */
  readonly quantity: number;
  /** The part that AWS always gives for nothing. */
  readonly free: number;
  readonly usd: number;
}

export interface LineBase {
  readonly part: StackPart;
  readonly stackName: string;
  readonly type: string;
  readonly logicalIds: readonly string[];
  /** In plain words. */
  readonly what: string;
}

/** Quantity × unit price. */
export interface PricedLine extends LineBase {
  readonly status: "priced";
  readonly key: PriceKey;
  readonly unit: string;
  readonly price: FoundPrice;
  /** While nobody uses the app. */
  readonly idle: Monthly;
  readonly load: Monthly;
  /** If all that may scale did so all month. */
  readonly mostUsd?: number;
  readonly alwaysFree?: AlwaysFree;
  /** What is assumed. */
  readonly note?: string;
}

export interface FreeLine extends LineBase {
  readonly status: "free";
  /** Why, in a sentence. */
  readonly because: string;
}

/** It may cost something, and how much is not known here. */
export interface UnpricedLine extends LineBase {
  readonly status: "not-priced";
  readonly because: string;
}

export type BillLine = PricedLine | FreeLine | UnpricedLine;

/** What an app costs in a month of 730 hours, in USD without taxes. */
export interface Bill {
  /** In the order of deployment; those that cost something come first in each stack. */
  readonly lines: readonly BillLine[];
  readonly idleUsd: number;
  readonly loadUsd: number;
  readonly usedLoad: Load;
  /** Regions of which nothing is known: all is at the reference region's prices. */
  readonly unknownRegions: readonly string[];
}
