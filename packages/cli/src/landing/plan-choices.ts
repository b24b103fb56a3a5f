import type { Paint } from "../io.ts";
import type { Plan, PricedChoice } from "./plan.ts";
import { usd } from "./plan-price.ts";
import { paragraph } from "../text.ts";

interface ChoicesTextOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly verbose: boolean;
}

/** Choices that make a difference, what saves most first. */
export function choicesIn({ further }: Plan, all: boolean): readonly PricedChoice[] {
  const shown = further.filter(
    (one) => all || Math.abs(one.addsIdleUsd) >= 0.005 || Math.abs(one.addsLoadUsd) >= 0.005,
  );
  return shown.toSorted((a, b) => a.addsIdleUsd - b.addsIdleUsd);
}

/** `+32.85`, `−3.50`, or that it makes no difference. */
export function choiceAdds(value: number): string {
  if (Math.abs(value) < 0.005) return "0.00";
  return `${value < 0 ? "−" : "+"}${usd(Math.abs(value))}`;
}

/** What one gets by a choice, and what one gives up. */
export function choiceSays({ what, loses, refusedBy }: PricedChoice): string {
  const lost = loses === undefined ? "" : ` But: ${loses}.`;
  return `${what}.${lost}${refusedBy.length === 0 ? "" : ` Alone it is refused: ${refusedBy.join(", ")}.`}`;
}

/** What the settings that were not chosen would add or save. */
export function choicesText(plan: Plan, { paint, columns, verbose }: ChoicesTextOptions): string {
  const choices = choicesIn(plan, verbose);
  if (choices.length === 0) return "";
  const unpriced = new Set(plan.bill.lines.flatMap(({ status, type }) => (status === "not-priced" ? [type] : [])));
  const lines = choices.flatMap((one) => {
    const adds = `${choiceAdds(one.addsIdleUsd).padStart(9)}${choiceAdds(one.addsLoadUsd).padStart(9)}  `;
    const more = one.notPriced.filter((type) => !unpriced.has(type));
    const remark = more.length === 0 ? "" : ` More is not priced: ${more.join(", ")}.`;
    const setting = paragraph(one.setting, columns, adds.length, adds).split("\n");
    return [
      ...setting.map((line) => `${line.slice(0, adds.length)}${paint("cyan", line.slice(adds.length))}`),
      paragraph(`${choiceSays(one)}${remark}`, columns, adds.length),
    ];
  });
  const heads = `${"idle".padStart(9)}${"at load".padStart(9)}`;
  return [paint("bold", "What other choices would add or save a month"), heads, ...lines].join("\n");
}
