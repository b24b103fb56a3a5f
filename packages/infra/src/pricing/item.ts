import type { PriceKey } from "./price-row.ts";
import type { Placed, Topology } from "./topology.ts";
import type { Usage } from "./usage.ts";

/** One thing that a resource costs by. */
export interface Item {
  /** In plain words; the same words of one type in one stack are one line. */
  readonly what: string;
  readonly price: PriceKey;
  readonly quantity: (usage: Usage) => number;
  /** If all that may scale did so all month. */
  readonly most?: number;
  /** What is assumed. */
  readonly note?: string;
}

/**
 * What a resource costs by; or, if it costs nothing, why: a sentence. `undefined`: what it costs is not known, though others of
 * its type may be.
 */
export type Pricer = (resource: Placed, app: Topology) => readonly Item[] | string | undefined;

export type Pricers = Readonly<Record<string, Pricer>>;
