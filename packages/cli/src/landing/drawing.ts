import type { Topology } from "@aloft/infra/describe/topology";
import { type Layout, layOut } from "./layout.ts";
import { paragraph } from "../text.ts";

export interface DrawingOptions {
  /** Characters in a line. Default: 80. */
  readonly columns?: number | undefined;
  /** Lines and arrows of Unicode, or of ASCII. */
  readonly unicode: boolean;
}

/** A picture of who reaches whom, in characters; in words, if it has more arrows than there is room for. */
export function draw(topology: Topology, { columns = 80, unicode }: DrawingOptions): string {
  const layout = layOut(topology, Math.max(40, Math.min(columns, 100) - 2));
  if (layout.crowded) {
    const text = inWords(topology).map((line) => paragraph(line, columns, 4, "  - "));
    return `${(unicode ? text : text.map(plain)).join("\n")}\n`;
  }
  const canvas = new Canvas(layout.height);
  lines(layout, canvas);
  boxes(layout, canvas);
  const text = canvas.text(unicode ? unicodeGlyphs : asciiGlyphs);
  return unicode ? text : plain(text);
}

/** Each part with what it reaches. */
export function inWords({ nodes, edges }: Topology): readonly string[] {
  const title = new Map(nodes.map((node) => [node.id, node.title]));
  return nodes.map((node) => {
    const reaches = edges.filter(([from]) => from === node.id).map(([, to]) => title.get(to) ?? to);
    const facts = node.facts.length > 0 ? ` (${node.facts.join(", ")})` : "";
    return `${node.title}${facts}${reaches.length > 0 ? ` reaches ${reaches.join(", ")}` : ""}.`;
  });
}

/** Whether a terminal says that it shows Unicode. */
export function showsUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((one) => one !== undefined && one !== "");
  if (env["TERM"] === "linux") return false;
  return locale === undefined ? process.platform === "darwin" || process.platform === "win32" : /utf-?8/i.test(locale);
}

/** What is left of typography where only ASCII is shown. */
export function plain(text: string): string {
  return text
    .replaceAll("–", "-")
    .replaceAll("−", "-")
    .replaceAll("…", "...")
    .replaceAll("→", "->")
    .replaceAll("≤", "<=")
    .replaceAll("×", "x")
    .replaceAll("·", "-")
    .replaceAll("✓", "ok")
    .replaceAll("✗", "x")
    .replaceAll("“", '"')
    .replaceAll("”", '"');
}

const [north, east, south, west] = [1, 2, 4, 8];

/** By what leaves a cell: north 1, east 2, south 4, west 8. */
const unicodeGlyphs = " │─└││┌├─┘─┴┐┤┬┼".split("");
/** Where two lines cross, the upright one goes over. */
const asciiGlyphs = " |-+||++-+-++++|".split("");

class Canvas {
  readonly #bits: number[][];
  readonly #texts: string[][];

  constructor(height: number) {
    this.#bits = Array.from({ length: height }, () => []);
    this.#texts = Array.from({ length: height }, () => []);
  }

  line([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): void {
    for (let x = Math.min(x1, x2); x < Math.max(x1, x2); x++) {
      this.#join(x, y1, east);
      this.#join(x + 1, y1, west);
    }
    for (let y = Math.min(y1, y2); y < Math.max(y1, y2); y++) {
      this.#join(x1, y, south);
      this.#join(x1, y + 1, north);
    }
  }

  write(x: number, y: number, text: string): void {
    for (const [index, letter] of text.split("").entries()) {
      const row = this.#texts[y];
      if (row !== undefined) row[x + index] = letter;
    }
  }

  text(glyphs: readonly string[]): string {
    const rows = this.#bits.map((bits, y) => {
      const letters = this.#texts[y] ?? [];
      const length = Math.max(bits.length, letters.length);
      const cells = Array.from({ length }, (_, x) => letters[x] ?? glyphs[bits[x] ?? 0] ?? " ");
      return cells
        .map((cell) => (cell === "▼" && !glyphs.includes("│") ? "v" : cell))
        .join("")
        .trimEnd();
    });
    return `${rows.join("\n")}\n`;
  }

  #join(x: number, y: number, direction: number): void {
    const row = this.#bits[y];
    if (row !== undefined) row[x] = (row[x] ?? 0) | direction;
  }
}

function lines({ arrows }: Layout, canvas: Canvas): void {
  for (const { points, passes } of arrows) {
    for (const [index, point] of points.entries()) {
      const next = points[index + 1];
      if (next !== undefined) canvas.line(point, next);
    }
    const [x, y] = points.at(-1) ?? [0, 0];
    if (!passes) canvas.write(x, y, "▼");
    else canvas.line([x, y], [x, y + 1]);
  }
}

function boxes(layout: Layout, canvas: Canvas): void {
  for (const { x, y, width, height, lines } of layout.boxes) {
    const [right, bottom] = [x + width - 1, y + height - 1];
    canvas.line([x, y], [right, y]);
    canvas.line([x, bottom], [right, bottom]);
    canvas.line([x, y], [x, bottom]);
    canvas.line([right, y], [right, bottom]);
    for (const [index, text] of lines.entries()) {
      const from = x + Math.floor((width - text.length) / 2);
      canvas.write(from, y + 1 + index, text);
    }
  }
}
