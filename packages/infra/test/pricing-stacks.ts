import type { Bill, PricedLine } from "@aloft/infra/pricing/bill";
import type { Resource, SynthesizedStack, Template } from "@aloft/infra/synthesize";

interface StackOptions {
  readonly part?: SynthesizedStack["part"];
  readonly region?: string;
  readonly sections?: Readonly<Record<string, unknown>>;
}

/** A stack with these resources, by id: a type, or a type and properties. */
export function stackOf(
  resources: Readonly<Record<string, string | readonly [type: string, properties: Readonly<Record<string, unknown>>]>>,
  { part = "Compute", region = "us-east-1", sections = {} }: StackOptions = {},
): SynthesizedStack {
  const entries = Object.entries(resources).map(([id, given]): [string, Resource] => {
    const [Type, Properties = {}] = typeof given === "string" ? [given] : given;
    return [id, { Type, Properties }];
  });
  const template: Template = { Resources: Object.fromEntries(entries), ...sections };
  return { part, name: `app-dev-${part.toLowerCase()}`, region, template, bytes: 0, after: [] };
}

export function pricedLines(bill: Bill): readonly PricedLine[] {
  return bill.lines.filter((line) => line.status === "priced");
}

/** The one priced line of a key. */
export function lineOf(bill: Bill, key: PricedLine["key"]): PricedLine {
  const [line, ...more] = pricedLines(bill).filter((one) => one.key === key);
  if (line === undefined || more.length > 0) {
    throw new Error(`The bill has ${line === undefined ? "no line" : "several lines"} of ${key}.`);
  }
  return line;
}
