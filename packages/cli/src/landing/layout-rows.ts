import type { Topology, TopologyNode } from "@aloft/infra/describe/topology";

/** A box of a row, or the place where an arrow passes it. */
export interface Item {
  readonly id: string;
  /** Absent: an arrow passes. */
  readonly node?: TopologyNode;
  /** Ids of items in the next row. */
  readonly children: readonly string[];
}

interface Draft {
  readonly id: string;
  readonly node?: TopologyNode;
  readonly children: string[];
}

const order = ["people", "edge", "entry", "compute", "data"] as const;

/**
 * Rows from top to bottom. Arrows that skip rows pass them at items of their own.
 * @param most boxes side by side; what is more stands in one.
 */
export function itemsByRow(topology: Topology, most: number): readonly (readonly Item[])[] {
  const { nodes, edges } = merged(topology, most);
  const rows: Draft[][] = order
    .map((tier) =>
      nodes.filter((node) => node.tier === tier).map((node): Draft => ({ id: node.id, node, children: [] })),
    )
    .filter((row) => row.length > 0);
  const rowOf = new Map(rows.flatMap((row, index) => row.map(({ id }) => [id, index] as const)));
  for (const [from, to] of edges) {
    const [start, end] = [rowOf.get(from), rowOf.get(to)];
    if (start === undefined || end === undefined || end <= start) continue;
    let last = rows[start]?.find(({ id }) => id === from);
    for (let index = start + 1; index < end; index++) {
      // Arrows from one box pass together, and part below.
      const id = `${from} ${index}`;
      const row = rows[index] ?? [];
      const pass = row.find((item) => item.id === id) ?? { id, children: [] };
      if (!row.includes(pass)) row.push(pass);
      if (last?.children.includes(id) === false) last.children.push(id);
      last = pass;
    }
    last?.children.push(to);
  }
  for (const [index, row] of rows.entries()) sortBelow(rows[index - 1] ?? [], row);
  return rows;
}

/** Below what leads there: the fewer arrows cross, the better. */
function sortBelow(above: readonly Draft[], row: Draft[]): void {
  const middle = (id: string): number => {
    const places = above.flatMap(({ children }, index) => (children.includes(id) ? [index] : []));
    return places.length === 0 ? above.length : places.reduce((sum, one) => sum + one, 0) / places.length;
  };
  const places = new Map(row.map(({ id }) => [id, middle(id)]));
  row.sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
}

/** What does not fit side by side stands in one box. */
function merged({ nodes, edges }: Topology, most: number): Topology {
  const rest = new Map<string, string>();
  const kept = order.flatMap((tier) => {
    const row = nodes.filter((node) => node.tier === tier);
    if (row.length <= most) return row;
    const many = row.slice(most - 1);
    const id = `more ${tier}`;
    for (const node of many) rest.set(node.id, id);
    const resources = many.flatMap((node) => node.resources);
    return [
      ...row.slice(0, most - 1),
      { id, tier, title: `${many.length} more`, facts: many.map(({ title }) => title), resources },
    ];
  });
  const joined = edges.map(([from, to]) => [rest.get(from) ?? from, rest.get(to) ?? to] as const);
  return { nodes: kept, edges: [...new Map(joined.map((edge) => [edge.join(" "), edge])).values()] };
}
