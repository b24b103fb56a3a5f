/** How a plan's page looks: light and dark, from a phone's width up. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(oklch(0.994 0.002 250), oklch(0.196 0.014 262));
  --ink: light-dark(oklch(0.235 0.024 260), oklch(0.94 0.006 255));
  --quiet: light-dark(oklch(0.475 0.024 258), oklch(0.735 0.02 258));
  --surface: light-dark(oklch(1 0 0), oklch(0.228 0.016 262));
  --line: light-dark(oklch(0.913 0.009 254), oklch(0.295 0.017 262));
  --strong-line: light-dark(oklch(0.6 0.03 256), oklch(0.6 0.03 258));
  --tint: light-dark(oklch(0.952 0.024 250), oklch(0.285 0.042 257));
  --tint-ink: light-dark(oklch(0.4 0.13 258), oklch(0.87 0.06 250));
  --bad: light-dark(oklch(0.5 0.19 26), oklch(0.76 0.13 24));
  --bad-tint: light-dark(oklch(0.968 0.016 25), oklch(0.262 0.045 22));
  --warn: light-dark(oklch(0.43 0.09 70), oklch(0.84 0.09 85));
  --warn-tint: light-dark(oklch(0.972 0.026 88), oklch(0.28 0.04 80));
  --good: light-dark(oklch(0.43 0.11 155), oklch(0.8 0.12 155));
  --good-tint: light-dark(oklch(0.968 0.03 155), oklch(0.27 0.04 158));
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main, header.page { max-width: 60rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
header.page { padding-block: 2.5rem 0.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; letter-spacing: -0.015em; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 0.75rem; letter-spacing: -0.01em; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
p { margin: 0.35rem 0; }
a { color: var(--tint-ink); overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.banner { padding: 0.7rem 1rem; border-radius: 0.6rem; margin-block: 1.25rem 0; font-weight: 600; }
.banner.good { background: var(--good-tint); color: var(--good); }
.banner.bad { background: var(--bad-tint); color: var(--bad); }
.figures { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0 0; padding: 0; list-style: none; }
.figures li { flex: 1 1 10rem; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 0.6rem; background: var(--surface); }
.figures strong { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.6rem; background: var(--surface); }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--tint-ink); outline-offset: 2px; }
.scroll svg { display: block; min-width: 36rem; width: 100%; height: auto; padding: 1rem; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; text-anchor: middle; }
svg text.title { font-weight: 650; font-size: 13px; }
svg text.fact { fill: var(--quiet); }
svg rect { fill: var(--ground); stroke: var(--strong-line); }
svg .people rect, svg .edge rect { fill: var(--tint); }
svg polyline { fill: none; stroke: var(--strong-line); stroke-width: 1.5; }
svg marker path { fill: var(--strong-line); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.4rem 0.9rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; }
tbody th { font-weight: 400; }
tbody th.group { font-weight: 650; padding-top: 0.9rem; }
tfoot th, tfoot td { font-weight: 700; border-top: 2px solid var(--strong-line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
ul.plain { margin: 0.25rem 0; padding-left: 1.1rem; }
details { margin-top: 0.5rem; }
summary { cursor: pointer; color: var(--quiet); }
article { border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 0.6rem; padding: 0.75rem 1rem; margin-top: 0.75rem; background: var(--surface); }
article.refusal { border-left-color: var(--bad); }
article h3 { margin: 0 0 0.25rem; }
article.refusal h3 { color: var(--bad); }
article.warning h3 { color: var(--warn); }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
footer { max-width: 60rem; margin: 3rem auto 2rem; padding-inline: clamp(1rem, 4vw, 2rem); color: var(--quiet); font-size: 0.9rem; }
@media print { .scroll { overflow: visible; } details { display: block; } }
`;
