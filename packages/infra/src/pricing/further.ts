import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResolvedApp } from "../config/resolve.ts";
import { type SynthesizedStack, synthesize, type Synthesis } from "../synthesize.ts";
import type { Bill } from "./bill.ts";
import { type Choice, choicesFor, type EndpointName, withEndpoints } from "./choices.ts";
import { sumUsd } from "./money.ts";
import { price, type PriceOptions } from "./price.ts";
import { Topology } from "./topology.ts";

/** What a choice would change of the monthly price. */
export interface Further extends Omit<Choice, "change" | "endpoint"> {
  /** At idle; less than 0 is saved. */
  readonly addsIdleUsd: number;
  readonly addsLoadUsd: number;
  /** Types without a price that the app has with it: it costs more than is said. */
  readonly notPriced: readonly string[];
}

export interface FurtherOptions extends PriceOptions {
  /** Ids of choices; default: all. */
  readonly only?: readonly string[];
}

/**
 * Synthesizes the app with each choice that it has not made, one at a time, and prices the difference. It takes about as long
 * as so many syntheses; interface endpoints, which touch nothing else, share one.
 */
export function further({ app, stacks }: Synthesis, options: FurtherOptions = {}): readonly Further[] {
  const now = price(stacks, options);
  const choices = choicesFor(app).filter(({ id }) => options.only?.includes(id) ?? true);
  const root = mkdtempSync(join(tmpdir(), "aloft-further-"));
  const synthesized = (changed: ResolvedApp, id: string): readonly SynthesizedStack[] =>
    synthesize(changed, { folder: join(root, id) }).stacks;
  try {
    const names = choices.flatMap(({ endpoint }) => endpoint ?? []);
    const all =
      names.length === 0 || app.topology === "library" ? [] : synthesized(withEndpoints(app, names), "endpoints");
    return choices.map(({ change, endpoint, ...choice }): Further => {
      const then = endpoint === undefined ? synthesized(change, choice.id) : withOnly(endpoint, all, stacks);
      return { ...choice, ...difference(now, price(then, options)) };
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function difference(now: Bill, then: Bill): Pick<Further, "addsIdleUsd" | "addsLoadUsd" | "notPriced"> {
  return {
    addsIdleUsd: sumUsd([then.idleUsd, -now.idleUsd]),
    addsLoadUsd: sumUsd([then.loadUsd, -now.loadUsd]),
    notPriced: then.lines.flatMap((line) => (line.status === "not-priced" ? [line.type] : [])),
  };
}

/** Of the endpoints that `all` has and `before` had not, those of one service: ECS has three, such as `….ecs-agent`. */
function withOnly(
  name: EndpointName,
  all: readonly SynthesizedStack[],
  before: readonly SynthesizedStack[],
): readonly SynthesizedStack[] {
  const app = new Topology(all);
  const had = new Set(
    before.flatMap(({ name: stack, template }) => Object.keys(template.Resources).map((id) => `${stack} ${id}`)),
  );
  const others = app.ofType("AWS::EC2::VPCEndpoint").filter((endpoint) => {
    const service = String(app.value(endpoint, "ServiceName")).replace(`com.amazonaws.${endpoint.region}.`, "");
    return !had.has(`${endpoint.stackName} ${endpoint.id}`) && !service.startsWith(name);
  });
  const left = new Set(others.map(({ stackName, id }) => `${stackName} ${id}`));
  return all.map((stack) => {
    const kept = Object.entries(stack.template.Resources).filter(([id]) => !left.has(`${stack.name} ${id}`));
    return { ...stack, template: { ...stack.template, Resources: Object.fromEntries(kept) } };
  });
}
