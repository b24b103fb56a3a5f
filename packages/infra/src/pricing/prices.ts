import type { PriceKey, PriceRow, PriceTable } from "./price-row.ts";
import { apSoutheast2 } from "./tables/ap-southeast-2.ts";
import { euCentral1 } from "./tables/eu-central-1.ts";
import { euWest1 } from "./tables/eu-west-1.ts";
import { everywhere } from "./tables/everywhere.ts";
import { usEast1 } from "./tables/us-east-1.ts";
import { usEast2 } from "./tables/us-east-2.ts";
import { usWest2 } from "./tables/us-west-2.ts";

/** The region whose prices stand in for those that are not known. */
export const referenceRegion = "us-east-1";

/** Prices by region, as AWS lists them: on demand, without commitments or what new accounts get for free. */
export const priceTables: Readonly<Record<string, PriceTable>> = {
  "us-east-1": usEast1,
  "us-east-2": usEast2,
  "us-west-2": usWest2,
  "eu-west-1": euWest1,
  "eu-central-1": euCentral1,
  "ap-southeast-2": apSoutheast2,
};

/** A price that was found, and where. */
export interface FoundPrice extends PriceRow {
  /** The region that it is of. It is not the one that was asked for where {@link standsIn}. */
  readonly region: string;
  /** Nothing is known of the region that was asked for: it is the reference region's. */
  readonly standsIn: boolean;
}

/** Prices by region and thing. */
export interface Prices {
  /** @returns undefined if no region's is known. */
  find(region: string, key: PriceKey): FoundPrice | undefined;
  /** Whether the region has a table of its own. */
  knows(region: string): boolean;
}

/** @param tables instead of those that come with it. */
export function knownPrices(tables: Readonly<Record<string, PriceTable>> = priceTables): Prices {
  return {
    knows: (region) => tables[region] !== undefined,
    find(region, key) {
      const own = tables[region]?.[key] ?? everywhere[key];
      if (own !== undefined) return { ...own, region, standsIn: false };
      const other = tables[referenceRegion]?.[key];
      return other === undefined ? undefined : { ...other, region: referenceRegion, standsIn: true };
    },
  };
}
