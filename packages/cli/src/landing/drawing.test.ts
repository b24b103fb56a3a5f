import type { Topology, TopologyNode } from "@aloft/infra/describe/topology";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { draw } from "./drawing.ts";
import { layOut } from "./layout.ts";

const tiers = ["people", "edge", "entry", "compute", "data"] as const;

/** Some parts in some rows, and some arrows down. */
const topologies = fc
  .array(fc.nat({ max: 4 }), { minLength: 5, maxLength: 5 })
  .filter((counts) => counts.some((count) => count > 0))
  .chain((counts) => {
    const nodes = counts.flatMap((count, tier) =>
      Array.from({ length: count }, (_, index): TopologyNode => ({
        id: `${tier}.${index}`,
        tier: tiers[tier] ?? "data",
        title: `part ${tier}${index}`,
        facts: index % 2 === 0 ? [] : ["with something to say of it"],
        resources: [],
      })),
    );
    const down = nodes.flatMap((from) =>
      nodes.flatMap((to) => (tiers.indexOf(from.tier) < tiers.indexOf(to.tier) ? [[from.id, to.id] as const] : [])),
    );
    return fc.subarray(down).map((edges): Topology => ({ nodes, edges }));
  });

const leaves: Readonly<Record<string, string>> = {
  "│": "ns",
  "─": "ew",
  "└": "ne",
  "┌": "es",
  "├": "nes",
  "┘": "nw",
  "┴": "new",
  "┐": "sw",
  "┤": "nsw",
  "┬": "esw",
};
const steps: Readonly<Record<string, readonly [number, number, string]>> = {
  n: [0, -1, "s"],
  e: [1, 0, "w"],
  s: [0, 1, "n"],
  w: [-1, 0, "e"],
};

/** Follows the lines of a picture as an eye does: straight on where two cross. Gives the places of the arrows' heads. */
function heads(lines: readonly string[], x: number, y: number): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  const open: (readonly [number, number, string])[] = [[x, y, "n"]];
  const seen = new Set<string>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [column, row, came] = at;
    if (seen.has(at.join())) continue;
    seen.add(at.join());
    const glyph = lines[row]?.[column] ?? " ";
    if (glyph === "▼") found.push([column, row + 1]);
    const straight = Object.entries(steps).find(([, [, , opposite]]) => opposite === came)?.[0] ?? "";
    const ways = glyph === "┼" ? straight : (leaves[glyph] ?? "").replace(came, "");
    for (const way of ways) {
      const [dx, dy, from] = steps[way] ?? [0, 0, ""];
      open.push([column + dx, row + dy, from]);
    }
  }
  return found;
}

test("[landing.plan.drawing.arrows] an eye that follows the lines gets from each box to those that it reaches, and to no other", () => {
  fc.assert(
    fc.property(topologies, (topology) => {
      const { boxes, crowded } = layOut(topology, 98);
      fc.pre(!crowded);
      const lines = draw(topology, { columns: 100, unicode: true }).split("\n");
      const seen = boxes.flatMap((box) => {
        const exit = box.x + Math.floor((box.width - 1) / 2);
        return heads(lines, exit, box.y + box.height).map(([x, y]) => {
          const below = boxes.find((one) => one.y === y && one.x < x && x < one.x + one.width - 1);
          return `${box.node.id} ${below?.node.id ?? `nowhere at ${x},${y}`}`;
        });
      });
      expect(seen.toSorted()).toEqual(topology.edges.map((edge) => edge.join(" ")).toSorted());
    }),
    { numRuns: 300 },
  );
});

test("where arrows would run into each other, it is said in words instead", () => {
  const side = (tier: TopologyNode["tier"]) =>
    Array.from({ length: 6 }, (_, index): TopologyNode => ({
      id: `${tier}${index}`,
      tier,
      title: `${tier} ${index}`,
      facts: [],
      resources: [],
    }));
  const rows = [side("edge"), side("entry"), side("compute"), side("data")];
  const edges = rows.flatMap((row, at) =>
    row.flatMap((from) => rows.slice(at + 1).flatMap((below) => below.map((to) => [from.id, to.id] as const))),
  );
  const crowd: Topology = { nodes: rows.flat(), edges };
  expect(layOut(crowd, 58).crowded).toBe(true);
  expect(draw(crowd, { columns: 60, unicode: true })).toMatch(/- edge 0 reaches entry 0,/);
});

test("[landing.plan.drawing.fits] no line is longer than it may be, however many parts there are", () => {
  fc.assert(
    fc.property(topologies, fc.integer({ min: 60, max: 100 }), fc.boolean(), (topology, columns, unicode) => {
      for (const line of draw(topology, { columns, unicode }).split("\n"))
        expect(line.length).toBeLessThanOrEqual(columns);
    }),
    { numRuns: 200 },
  );
});

test("[landing.plan.drawing.ascii] without Unicode there is ASCII alone, and lines that cross do not look joined", () => {
  const node = (id: string, tier: TopologyNode["tier"]): TopologyNode => ({
    id,
    tier,
    title: id,
    facts: ["1–4 tasks"],
    resources: [],
  });
  const topology: Topology = {
    nodes: [node("left", "compute"), node("right", "compute"), node("one", "data"), node("two", "data")],
    edges: [
      ["left", "one"],
      ["left", "two"],
      ["right", "one"],
      ["right", "two"],
    ],
  };
  const unicode = draw(topology, { unicode: true });
  const ascii = draw(topology, { unicode: false });
  expect(ascii).toMatch(/^[\x20-\x7e\n]+$/);
  expect(ascii).toContain("1-4 tasks");
  const crossings = [...unicode.matchAll(/┼/g)];
  expect(crossings.length).toBeGreaterThan(0);
  for (const { index } of crossings) expect(ascii[index]).toBe("|");
});
