import { stackParts } from "../stacks/aloft-stack.ts";
import type { SynthesizedStack } from "../synthesize.ts";
import type { Bill, BillLine, LineBase, Monthly } from "./bill.ts";
import { alwaysFree } from "./always-free.ts";
import { freeBecause } from "./free-types.ts";
import type { Item } from "./item.ts";
import { defaultLoad, type Load } from "./load.ts";
import { type Amount, amountOf, asUsd, sumUsd, times } from "./money.ts";
import { unitOf } from "./price-row.ts";
import { computePricers } from "./pricers/compute.ts";
import { dataPricers } from "./pricers/data.ts";
import { networkPricers } from "./pricers/network.ts";
import { operationsPricers } from "./pricers/operations.ts";
import { type FoundPrice, knownPrices, type Prices } from "./prices.ts";
import { type Placed, Topology } from "./topology.ts";
import { idleUsage, type Usage, usageOf } from "./usage.ts";

export interface PriceOptions {
  /** Default: {@link defaultLoad}. */
  readonly load?: Load;
  /** Default: those that come with it. */
  readonly prices?: Prices;
}

const pricers = { ...computePricers, ...networkPricers, ...dataPricers, ...operationsPricers };

/**
 * Prices templates line by line. Whatever is in them has a line: what it costs, why it costs nothing, or that it is not priced.
 * Resources of a type and stack that cost by the same words share a line.
 */
export function price(stacks: readonly SynthesizedStack[], options: PriceOptions = {}): Bill {
  const { load = defaultLoad, prices = knownPrices() } = options;
  const app = new Topology(stacks);
  const drafts = new Map<string, Draft>();
  for (const resource of app.resources) for (const draft of draftsOf(resource, app, prices)) merge(drafts, draft);
  const lines = ordered(count([...drafts.values()], load));
  const priced = lines.filter((line) => line.status === "priced");
  const regions = [...new Set(stacks.map(({ region }) => region))];
  return {
    lines,
    idleUsd: sumUsd(priced.map(({ idle }) => idle.usd)),
    loadUsd: sumUsd(priced.map((line) => line.load.usd)),
    usedLoad: load,
    unknownRegions: regions.filter((region) => !prices.knows(region)),
  };
}

/** A line before it is counted. */
type Draft = LineBase &
  (
    | { readonly status: "priced"; readonly found: FoundPrice; readonly items: readonly [Item, ...Item[]] }
    | { readonly status: "free" | "not-priced"; readonly because: string }
  );

function draftsOf(resource: Placed, app: Topology, prices: Prices): readonly Draft[] {
  const { part, stackName, type, id, region } = resource;
  const base = { part, stackName, type, logicalIds: [id] };
  const pricer = pricers[type];
  const priced = freeBecause(type) ?? pricer?.(resource, app);
  if (typeof priced === "string") return [{ ...base, status: "free", what: nameOf(type), because: priced }];
  if (priced === undefined) {
    const why =
      pricer === undefined
        ? "Aloft does not know what this type costs."
        : "Aloft does not price it as it is set up here.";
    return [{ ...base, status: "not-priced", what: nameOf(type), because: why }];
  }
  return priced.map((item): Draft => {
    const found = prices.find(region, item.price);
    const because = `There is no price of ${item.price} in the table.`;
    if (found === undefined) return { ...base, status: "not-priced", what: item.what, because };
    return { ...base, status: "priced", what: item.what, found, items: [item] };
  });
}

/** `AWS::ElasticLoadBalancingV2::TargetGroup` as `target group`. */
function nameOf(type: string): string {
  const last = type.split("::").at(-1) ?? type;
  return last.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
}

function merge(drafts: Map<string, Draft>, draft: Draft): void {
  const what = draft.status === "priced" ? `${draft.what} ${draft.items[0].price}` : `${draft.what} ${draft.because}`;
  const key = [draft.stackName, draft.type, draft.status, what].join("\n");
  const before = drafts.get(key);
  if (before === undefined) return void drafts.set(key, draft);
  const logicalIds = [...before.logicalIds, ...draft.logicalIds];
  if (before.status === "priced" && draft.status === "priced") {
    drafts.set(key, { ...before, logicalIds, items: [...before.items, ...draft.items] });
  } else {
    drafts.set(key, { ...before, logicalIds });
  }
}

/** Takes what is always free from the lines as they come, at idle and in use each. */
function count(drafts: readonly Draft[], load: Load): readonly BillLine[] {
  const idle = counterOf(idleUsage(load));
  const inUse = counterOf(usageOf(load));
  return drafts.map((draft): BillLine => {
    if (draft.status !== "priced") return draft;
    const { found, items, status, ...base } = draft;
    const [{ price: key }] = items;
    const notes = [...new Set(items.flatMap(({ note }) => note ?? []))];
    const most = items.reduce((sum, item) => sum + (item.most ?? 0), 0);
    const allowance = alwaysFree[key];
    return {
      ...base,
      status,
      key,
      unit: unitOf(key),
      price: found,
      idle: idle(items, found),
      load: inUse(items, found),
      ...(most > 0 ? { mostUsd: asUsd(times(amountOf(found.usd), most)) } : {}),
      ...(allowance === undefined ? {} : { alwaysFree: allowance }),
      ...(notes.length > 0 ? { note: notes.join(" ") } : {}),
    };
  });
}

function counterOf(usage: Usage): (items: readonly [Item, ...Item[]], found: FoundPrice) => Monthly {
  const left = new Map<string, number>();
  return (items, found) => {
    const [{ price: key }] = items;
    const quantity = items.reduce((sum, item) => sum + item.quantity(usage), 0);
    const before = left.get(key) ?? alwaysFree[key]?.quantity ?? 0;
    const free = Math.min(before, quantity);
    left.set(key, before - free);
    const cost: Amount = times(amountOf(found.usd), quantity - free);
    return { quantity, free, usd: asUsd(cost) };
  };
}

const ranks: Readonly<Record<BillLine["status"], number>> = { priced: 0, "not-priced": 1, free: 2 };

/** By part, in each what costs most first. */
function ordered(lines: readonly BillLine[]): readonly BillLine[] {
  const cost = (line: BillLine): number => (line.status === "priced" ? Math.max(line.idle.usd, line.load.usd) : 0);
  return lines.toSorted(
    (a, b) =>
      stackParts.indexOf(a.part) - stackParts.indexOf(b.part) ||
      ranks[a.status] - ranks[b.status] ||
      cost(b) - cost(a) ||
      a.what.localeCompare(b.what),
  );
}
