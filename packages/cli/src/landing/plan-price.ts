import type { Bill, BillLine, PricedLine } from "@aloft/infra/pricing/bill";
import type { Paint } from "../io.ts";
import { type Plan, priceDates } from "./plan.ts";
import { paragraph, plural } from "../text.ts";

interface PriceTextOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly verbose: boolean;
}

const moneyColumns = 11;

/** What the app costs, line by line: idle, and at the load that is stated. */
export function priceText({ bill, app }: Plan, options: PriceTextOptions): string {
  const { paint, columns } = options;
  const priced = bill.lines.filter((line) => line.status === "priced");
  const parts = [...new Set(priced.map(({ part }) => part))];
  return [
    paint("bold", "What it costs a month, in USD without taxes"),
    paragraph(`${datesText(bill)} ${loadText(bill)}`, columns, 2),
    row("", "idle", "at that load", columns),
    ...parts.flatMap((part) => [
      `  ${part}`,
      ...priced
        .filter((line) => line.part === part)
        .filter(isShown(options))
        .flatMap((line) => lineText(line, options)),
    ]),
    paint("bold", row("  together", usd(bill.idleUsd), usd(bill.loadUsd), columns)),
    ...remarks(bill, app.region, options),
  ].join("\n");
}

/** `what` at the left, two amounts at the right. */
function row(what: string, idle: string, load: string, columns: number): string {
  const room = columns - 2 * moneyColumns - 2;
  const name = what.length > room ? `${what.slice(0, room - 1)}…` : what.padEnd(room);
  return `${name}${idle.padStart(moneyColumns)}${load.padStart(moneyColumns + 2)}`;
}

const isShown =
  ({ verbose }: PriceTextOptions) =>
  ({ idle, load }: PricedLine): boolean =>
    verbose || idle.usd >= 0.005 || load.usd >= 0.005;

function lineText(line: PricedLine, { paint, columns, verbose }: PriceTextOptions): readonly string[] {
  const text = row(`    ${line.what}`, usd(line.idle.usd), usd(line.load.usd), columns);
  if (!verbose) return [text];
  const { usd: unitPrice, source, asOf, region } = line.price;
  const how = `${amount(line.idle.quantity)} and ${amount(line.load.quantity)} ${line.unit} at ${unitPrice}`;
  const note = line.note === undefined ? "" : ` ${line.note}`;
  return [text, paint("dim", paragraph(`${how}, ${region}, ${asOf}: ${source}${note}`, columns, 6))];
}

export function usd(value: number): string {
  if (value > 0 && value < 0.005) return "<0.01";
  return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function amount(quantity: number): string {
  return quantity.toLocaleString("en-US", { maximumFractionDigits: quantity < 10 ? 3 : 0 });
}

export function datesText(bill: Bill): string {
  const dates = priceDates(bill);
  if (dates === undefined) return "Nothing in it is paid for.";
  const { oldest, newest } = dates;
  const regions = [...new Set(bill.lines.flatMap((line) => (line.status === "priced" ? [line.price.region] : [])))];
  const days = oldest === newest ? `of ${oldest}` : `of ${oldest} to ${newest}`;
  return `Prices of ${regions.join(" and ")}, ${days}.`;
}

export function loadText({ usedLoad }: Bill): string {
  const { turnsPerDay, uploadsPerDay, openConnections } = usedLoad;
  const turns = plural(turnsPerDay, "turn", "turns");
  const files = plural(uploadsPerDay, "file", "files");
  return `The load: ${turns} and ${files} a day, ${openConnections} open connections; change it by --load turnsPerDay=5000.`;
}

function remarks(bill: Bill, region: string, { paint, columns, verbose }: PriceTextOptions): readonly string[] {
  const free = bill.lines.filter((line) => line.status === "free");
  const said =
    verbose || free.length === 0
      ? []
      : [`${plural(free.length, "line costs", "lines cost")} nothing; --verbose says why.`];
  return [
    ...[...remarksOf(bill, region), ...said].map((text) => paragraph(text, columns, 2)),
    ...(verbose ? free.map((line) => paint("dim", freeText(line, columns))) : []),
  ];
}

/** What the sums leave out or rest on. */
export function remarksOf(bill: Bill, region: string): readonly string[] {
  const priced = bill.lines.filter((line) => line.status === "priced");
  const unpriced = bill.lines.filter((line) => line.status === "not-priced");
  const unconfirmed = new Set(priced.filter(({ price }) => !price.confirmed).map(({ key }) => key)).size;
  const most = priced.reduce((sum, line) => sum + (line.mostUsd ?? 0), 0);
  const elsewhere = bill.unknownRegions.join(", ");
  return [
    ...unpriced.map((line) => `Not in it: ${line.what} (${line.type}). ${line.because}`),
    ...(elsewhere === ""
      ? []
      : [`Of ${elsewhere} no prices are known: those of ${referenceOf(bill, region)} stand in.`]),
    ...(unconfirmed > 0
      ? [
          `${plural(unconfirmed, "unit price is", "unit prices are")} taken from others than AWS itself; --json says which.`,
        ]
      : []),
    ...(most > 0 ? [`If all that scales ran at its most all month, that alone would be ${usd(most)}.`] : []),
  ];
}

function referenceOf(bill: Bill, region: string): string {
  const found = bill.lines.find((line) => line.status === "priced" && line.price.standsIn);
  return found?.status === "priced" ? found.price.region : region;
}

function freeText(line: Exclude<BillLine, PricedLine>, columns: number): string {
  return paragraph(`${line.part}: ${line.what} costs nothing. ${line.because}`, columns, 4);
}
