import type { Topology, TopologyNode } from "@aloft/infra/describe/topology";
import { type Item, itemsByRow } from "./layout-rows.ts";

export interface Box {
  readonly node: TopologyNode;
  /** Left edge, top edge, width, height: in characters and lines. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The title's lines first. */
  readonly lines: readonly string[];
  readonly titleLines: number;
}

export type Point = readonly [x: number, y: number];

/** An arrow, down to the line above its box. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** It goes on below: no head. */
  readonly passes: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** There is too little room for arrows to stay apart: it would mislead. */
  readonly crowded: boolean;
}

interface Placed extends Item {
  readonly x: number;
  readonly width: number;
  readonly lines: readonly string[];
  readonly titleLines: number;
}

const gap = 2;
/** Of a place where an arrow passes: room to get out of another's way. */
const passWidth = 3;
/** Boxes that are narrower cannot be read. */
const narrowest = 11;

/** Puts the parts of an app in rows, from who calls down to what holds data, and leads arrows between them. */
export function layOut(topology: Topology, width: number): Layout {
  const most = Math.max(3, Math.floor((width + gap) / (narrowest + gap)));
  const rows = itemsByRow(topology, most).map((row) => placed(row, width));
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  let crowded = rows.some(([first]) => first !== undefined && first.x < 0);
  const columns = new Map<string, number>();
  let y = 0;
  for (const [index, row] of rows.entries()) {
    const height = Math.max(...row.map(({ lines }) => lines.length)) + 2;
    for (const { node, x, width, lines, titleLines } of row) {
      if (node !== undefined) boxes.push({ node, x, y, width, height, lines, titleLines });
    }
    arrows.push(...passing(row, columns, y, height));
    y += height;
    const next = rows[index + 1];
    if (next === undefined) continue;
    const channel = lead(row, next, columns, y);
    arrows.push(...channel.arrows);
    crowded ||= channel.crowded;
    y += channel.height;
  }
  return { width: Math.max(0, ...boxes.map((box) => box.x + box.width)), height: y, boxes, arrows, crowded };
}

function placed(row: readonly Item[], width: number): readonly Placed[] {
  const wanted = row.map(({ node }) =>
    node === undefined ? passWidth : Math.max(...[node.title, ...node.facts].map((text) => text.length)) + 4,
  );
  const widths = fit(wanted, width - gap * (row.length - 1));
  let x = Math.floor((width - widths.reduce((sum, one) => sum + one, 0) - gap * (row.length - 1)) / 2);
  return row.map((item, index) => {
    const own = widths[index] ?? 1;
    const room = own < (wanted[index] ?? 0) ? own - 2 : own - 4;
    const titles = item.node === undefined ? [] : wrap(item.node.title, room);
    const facts = item.node?.facts.flatMap((fact) => wrap(fact, room)) ?? [];
    const at = { ...item, x, width: own, lines: [...titles, ...facts], titleLines: titles.length };
    x += own + gap;
    return at;
  });
}

/** Takes from the widest until all have room. */
function fit(wanted: readonly number[], room: number): readonly number[] {
  const widths = [...wanted];
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

/** Lines of at most so many characters, broken between words where that is possible. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(1, width);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    for (let at = 0; at < word.length; at += room) lines.push(word.slice(at, at + room));
  }
  return lines;
}

function passing(
  row: readonly Placed[],
  columns: ReadonlyMap<string, number>,
  y: number,
  height: number,
): readonly Arrow[] {
  return row.flatMap((item) => {
    if (item.node !== undefined) return [];
    const column = columns.get(item.id) ?? item.x;
    const points: readonly Point[] = [
      [column, y],
      [column, y + height - 1],
    ];
    return [{ from: item.id, to: item.id, points, passes: true }];
  });
}

interface Channel {
  readonly arrows: readonly Arrow[];
  readonly height: number;
  readonly crowded: boolean;
}

/**
 * Arrows between two rows. Each of those above has one line across; each arrow has a column of its own.
 * @param columns of what passes, by its id; those of the lower row are added.
 */
function lead(above: readonly Placed[], below: readonly Placed[], columns: Map<string, number>, top: number): Channel {
  const exits = new Map(
    above.map((item) => [item.id, columns.get(item.id) ?? item.x + Math.floor((item.width - 1) / 2)]),
  );
  const used = new Set<number>();
  const ways = below.flatMap((item) => entries(item, above, exits, used));
  for (const { to, column } of ways)
    if (below.some(({ id, node }) => id === to && node === undefined)) columns.set(to, column);
  const parents = above.filter(({ id }) => ways.some((way) => way.from === id && way.column !== exits.get(id)));
  const height = parents.length + 2;
  const bottom = top + height - 1;
  const arrows = ways.map(({ from, to, column }): Arrow => {
    const exit = exits.get(from) ?? column;
    const track = top + 1 + parents.findIndex(({ id }) => id === from);
    const across: readonly Point[] =
      exit === column
        ? []
        : [
            [exit, track],
            [column, track],
          ];
    const passes = below.some((item) => item.id === to && item.node === undefined);
    return { from, to, points: [[exit, top], ...across, [column, bottom]], passes };
  });
  return { arrows, height, crowded: ways.some(({ clashes }) => clashes) };
}

interface Way {
  readonly from: string;
  readonly to: string;
  readonly column: number;
  /** Another arrow has that column as well. */
  readonly clashes: boolean;
}

function entries(
  item: Placed,
  above: readonly Placed[],
  exits: ReadonlyMap<string, number>,
  used: Set<number>,
): readonly Way[] {
  const parents = above.filter(({ children }) => children.includes(item.id));
  const first = item.x + (item.node === undefined ? 0 : 1);
  const last = item.x + item.width - (item.node === undefined ? 1 : 2);
  return parents.map(({ id, children }, index) => {
    const exit = exits.get(id) ?? first;
    const straight = children.length === 1 && exit >= first && exit <= last && !used.has(exit);
    const taken = (column: number): boolean => used.has(column) || [...exits.values()].includes(column);
    const wanted = first + Math.floor(((index + 1) * (last - first + 1)) / (parents.length + 1));
    const column = straight ? exit : freeColumn(wanted, first, last, taken);
    const clashes = !straight && taken(column);
    used.add(column);
    return { from: id, to: item.id, column, clashes };
  });
}

/** The first that is free from `wanted` on, around the box's end. */
function freeColumn(wanted: number, first: number, last: number, taken: (column: number) => boolean): number {
  let column = wanted;
  for (let tried = first; tried <= last && taken(column); tried++) column = column < last ? column + 1 : first;
  return column;
}
