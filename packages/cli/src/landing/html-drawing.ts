import type { Topology } from "@aloft/infra/describe/topology";
import { inWords } from "./drawing.ts";
import { type Html, html } from "./html.ts";
import { type Arrow, type Box, layOut } from "./layout.ts";

/** Of a character, in pixels. */
const [cellWidth, cellHeight] = [8.2, 17];

/** The drawing as SVG, laid out as in a terminal, with the same told in words below. */
export function drawingHtml(topology: Topology): Html {
  const { width, height, boxes, arrows, crowded } = layOut(topology, 78);
  const words = html`<ul class="plain">
    ${inWords(topology).map((line) => html`<li>${line}</li>`)}
  </ul>`;
  if (crowded) return words;
  const size = `0 0 ${px(width, cellWidth)} ${px(height, cellHeight)}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Drawing">
      <svg viewBox="${size}" role="img" aria-label="Who reaches whom; the same is told in words below.">
        <defs>
          <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        ${arrows.map(arrow)} ${boxes.map(box)}
      </svg>
    </div>
    <details>
      <summary>The drawing in words</summary>
      ${words}
    </details>`;
}

function px(cells: number, size: number): number {
  return Math.round(cells * size * 10) / 10;
}

function middle([x, y]: readonly [number, number]): string {
  return `${px(x + 0.5, cellWidth)},${px(y + 0.5, cellHeight)}`;
}

function arrow({ points, passes }: Arrow): Html {
  const last = points.at(-1) ?? [0, 0];
  const from = points[0] ?? [0, 0];
  // From the lower edge of one box to the upper edge of the other.
  const start: readonly [number, number] = [from[0], from[1] - 1];
  const end: readonly [number, number] = [last[0], last[1] + 1];
  const line = [start, ...points.slice(1, -1), end].map(middle).join(" ");
  return passes ? html`<polyline points="${line}" />` : html`<polyline points="${line}" marker-end="url(#head)" />`;
}

function box({ node, x, y, width, height, lines, titleLines }: Box): Html {
  const at = { x: px(x + 0.5, cellWidth), y: px(y + 0.5, cellHeight) };
  const size = { width: px(width - 1, cellWidth), height: px(height - 1, cellHeight) };
  const center = px(x + width / 2, cellWidth);
  const texts = lines.map((text, index) => {
    const kind = index < titleLines ? "title" : "fact";
    return html`<text class="${kind}" x="${center}" y="${px(y + 1 + index, cellHeight) + 13}">${text}</text>`;
  });
  return html`<g class="${node.tier}"
    ><rect x="${at.x}" y="${at.y}" width="${size.width}" height="${size.height}" rx="6" />${texts}</g
  >`;
}
