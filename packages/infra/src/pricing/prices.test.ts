import { describe, expect, test } from "vitest";
import { amountOf } from "./money.ts";
import { priceUnits } from "./price-row.ts";
import { knownPrices, priceTables, referenceRegion } from "./prices.ts";
import { everywhere } from "./tables/everywhere.ts";

const all = Object.entries({ ...priceTables, everywhere }).flatMap(([region, table]) =>
  Object.entries(table).map(([key, row]) => ({ region, key, row })),
);

describe("the table of prices", () => {
  test("[landing.price.table] each price is a decimal with a date, a source, and whether AWS itself was read", () => {
    expect(all.length).toBeGreaterThan(200);
    for (const { key, row } of all) {
      expect(amountOf(row.usd), key).toBeGreaterThan(0n);
      expect(row.asOf, key).toMatch(/^202[4-9]-[01]\d-[0-3]\d$/);
      expect(row.source, key).toMatch(/^https:\/\/(aws\.amazon\.com|[a-z0-9.-]+\.(awsstatic|amazonaws)\.com)\//);
      expect(row.confirmed, key).toBeTypeOf("boolean");
    }
  });

  test("[landing.price.table] every key is known, and the reference region has a price of each", () => {
    const known = new Set(Object.keys(priceUnits));
    const strays = all.filter(({ key }) => !known.has(key) && !/^(ec2|rds)\.[a-z0-9]+\.[a-z0-9]+$/.test(key));
    expect(strays.map(({ key }) => key)).toEqual([]);
    const prices = knownPrices();
    const missing = [...known].filter(
      (key) => prices.find(referenceRegion, key as keyof typeof priceUnits) === undefined,
    );
    expect(missing).toEqual([]);
  });

  test("[landing.price.table] most of it was read at AWS itself", () => {
    expect(all.filter(({ row }) => row.confirmed).length / all.length).toBeGreaterThan(0.75);
  });

  test("[landing.price.regions] no region is cheaper than the reference, or half as dear again: that would be a slip of a digit", () => {
    for (const { region, key, row } of all) {
      const reference = priceTables[referenceRegion]?.[key];
      if (reference === undefined || region === "everywhere") continue;
      const ratio = Number(row.usd) / Number(reference.usd);
      expect(ratio, `${region} ${key}`).toBeGreaterThanOrEqual(0.95);
      expect(ratio, `${region} ${key}`).toBeLessThanOrEqual(1.5);
    }
  });

  test("[landing.price.regions] what is not known of a region is the reference's, and says so", () => {
    const prices = knownPrices();
    expect(prices.find("eu-central-1", "nat.hour")).toMatchObject({
      usd: "0.052",
      region: "eu-central-1",
      standsIn: false,
    });
    expect(prices.find("eu-central-1", "aurora.acu")).toMatchObject({
      usd: "0.12",
      region: "us-east-1",
      standsIn: true,
    });
    expect(prices.find("mx-central-1", "nat.hour")).toMatchObject({
      usd: "0.045",
      region: "us-east-1",
      standsIn: true,
    });
    expect(prices.find("mx-central-1", "secret.month")).toMatchObject({ usd: "0.4", standsIn: false });
    expect(prices.find("us-east-1", "ec2.u7in-32tb.224xlarge")).toBeUndefined();
    expect([prices.knows("ap-southeast-2"), prices.knows("mx-central-1")]).toEqual([true, false]);
  });
});
