import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "@aloft/infra/checks/finding";
import type { ResolvedApp } from "@aloft/infra/config/resolve";
import type { StackSummary } from "@aloft/infra/describe/stacks";
import type { Topology } from "@aloft/infra/describe/topology";
import type { Permission } from "@aloft/infra/permissions/permission";
import type { Bill } from "@aloft/infra/pricing/bill";
import type { Further } from "@aloft/infra/pricing/further";
import type { Objection } from "@aloft/infra/refusals/refusals";
import type { Synthesis } from "@aloft/infra/synthesize";
import { type AppConfigOptions, loadAppConfig } from "./app-config.ts";
import { loadInfra } from "./load-infra.ts";

export interface PlanOptions extends AppConfigOptions {
  /** `turnsPerDay=5000,…`: see `parseLoad`. */
  readonly load?: string | undefined;
  /** Whether cdk-nag, cfn-guard and our own rules look at it. */
  readonly checks: boolean;
  /** Whether every interface endpoint is priced, rather than one as an example. Default: no. */
  readonly everyChoice?: boolean | undefined;
}

/** What a program may do. */
export interface ProgramRights {
  readonly program: string;
  readonly permissions: readonly Permission[];
}

/** A setting that was not chosen, with the ids of rules that would refuse it. */
export interface PricedChoice extends Further {
  readonly refusedBy: readonly string[];
}

/** Everything that can be said of an app in one environment before it is deployed, without AWS. */
export interface Plan {
  readonly app: ResolvedApp;
  readonly topology: Topology;
  readonly stacks: readonly StackSummary[];
  readonly bill: Bill;
  /** What settings that were not chosen would add or save. */
  readonly further: readonly PricedChoice[];
  readonly programs: readonly ProgramRights[];
  /** Refusals first. */
  readonly objections: readonly Objection[];
  /** Undefined: nobody looked. */
  readonly findings: readonly Finding[] | undefined;
}

/**
 * Synthesizes the app and looks at it from all sides. Needs neither network nor credentials.
 * @throws {CliError} @throws {AppConfigError} as {@link loadAppConfig}. @throws {LoadError} the load has faults.
 */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { app } = await loadAppConfig(options);
  const { parseLoad } = await loadInfra(() => import("@aloft/infra/pricing/load"));
  const load = parseLoad(options.load ?? "");
  const { synthesis, findings } = await synthesized(app, options.checks);
  const { topologyOf } = await loadInfra(() => import("@aloft/infra/describe/topology"));
  const { summarize } = await loadInfra(() => import("@aloft/infra/describe/stacks"));
  const { price } = await loadInfra(() => import("@aloft/infra/pricing/price"));
  const { choicesFor } = await loadInfra(() => import("@aloft/infra/pricing/choices"));
  const { further } = await loadInfra(() => import("@aloft/infra/pricing/further"));
  const all = choicesFor(app);
  const choices = all.map(({ id }) => id);
  // Each is a synthesis of its own, and endpoints differ in little but their names.
  const only = options.everyChoice === true ? choices : choices.filter((id) => !/^endpoint-(?!kms)/.test(id));
  const { objections } = await loadInfra(() => import("@aloft/infra/refusals/refusals"));
  const refusing = (of: ResolvedApp): readonly string[] =>
    objections({ app: of, stacks: synthesis.stacks }).flatMap(({ id, level }) => (level === "refusal" ? [id] : []));
  const now = refusing(app);
  // What is refused by the setting itself, before it is synthesized.
  const refused = (id: string): readonly string[] => {
    const change = all.find((choice) => choice.id === id)?.change ?? app;
    return refusing(change).filter((rule) => !now.includes(rule));
  };
  return {
    app,
    topology: topologyOf(synthesis.stacks),
    stacks: synthesis.stacks.map(summarize),
    bill: price(synthesis.stacks, { load }),
    further: further(synthesis, { load, only }).map((one) => ({ ...one, refusedBy: refused(one.id) })),
    programs: Object.entries(synthesis.permissions).map(([program, permissions]) => ({ program, permissions })),
    objections: objections(synthesis),
    findings,
  };
}

interface Looked {
  readonly synthesis: Synthesis;
  readonly findings: readonly Finding[] | undefined;
}

async function synthesized(app: ResolvedApp, checks: boolean): Promise<Looked> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-plan-"));
  try {
    if (checks) {
      const { check } = await loadInfra(() => import("@aloft/infra/checks/check"));
      return check(app, { folder });
    }
    const { synthesize } = await loadInfra(() => import("@aloft/infra/synthesize"));
    return { synthesis: synthesize(app, { folder }), findings: undefined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What keeps the plan from being good. */
export interface Verdict {
  readonly refusals: readonly Objection[];
  readonly warnings: readonly Objection[];
  /** Findings that nobody gave a reason for. */
  readonly open: readonly Finding[];
  readonly accepted: readonly Finding[];
  readonly ok: boolean;
}

export function verdictOf({ objections, findings = [] }: Plan): Verdict {
  const refusals = objections.filter(({ level }) => level === "refusal");
  const open = findings.filter(({ reason }) => reason === undefined);
  return {
    refusals,
    warnings: objections.filter(({ level }) => level === "warning"),
    open,
    accepted: findings.filter(({ reason }) => reason !== undefined),
    ok: refusals.length === 0 && open.length === 0,
  };
}

/** Days of the prices that were used: the oldest and the newest. */
export function priceDates({ lines }: Bill): { readonly oldest: string; readonly newest: string } | undefined {
  const days = lines.flatMap((line) => (line.status === "priced" ? [line.price.asOf] : [])).toSorted();
  const [oldest] = days;
  const newest = days.at(-1);
  return oldest === undefined || newest === undefined ? undefined : { oldest, newest };
}
