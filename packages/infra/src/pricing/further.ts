import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResolvedApp } from "../config/resolve.ts";
import { synthesize, type Synthesis } from "../synthesize.ts";
import { type Choice, choicesFor } from "./choices.ts";
import { sumUsd } from "./money.ts";
import { price, type PriceOptions } from "./price.ts";

/** What a choice would change of the monthly price. */
export interface Further extends Omit<Choice, "change"> {
  /** At idle; less than 0 is saved. */
  readonly addsIdleUsd: number;
  readonly addsLoadUsd: number;
  /** Resources that have no price would come with it: it costs more than is said. */
  readonly notPriced: readonly string[];
}

export interface FurtherOptions extends PriceOptions {
  /** Ids of choices; default: all. */
  readonly only?: readonly string[];
}

/**
 * Synthesizes the app with each choice that it has not made, one at a time, and prices the difference. It takes about as long
 * as so many syntheses.
 */
export function further({ app, stacks }: Synthesis, options: FurtherOptions = {}): readonly Further[] {
  const now = price(stacks, options);
  const choices = choicesFor(app).filter(({ id }) => options.only?.includes(id) ?? true);
  const root = mkdtempSync(join(tmpdir(), "aloft-further-"));
  try {
    return choices.map(({ change, ...choice }): Further => {
      const then = priceOf(change, join(root, choice.id), options);
      return {
        ...choice,
        addsIdleUsd: sumUsd([then.idleUsd, -now.idleUsd]),
        addsLoadUsd: sumUsd([then.loadUsd, -now.loadUsd]),
        notPriced: then.lines.flatMap((line) => (line.status === "not-priced" ? [line.type] : [])),
      };
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function priceOf(app: ResolvedApp, folder: string, options: PriceOptions): ReturnType<typeof price> {
  return price(synthesize(app, { folder }).stacks, options);
}
