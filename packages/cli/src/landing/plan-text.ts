import type { Finding } from "@aloft/infra/checks/finding";
import type { Objection } from "@aloft/infra/refusals/refusals";
import type { Paint } from "../io.ts";
import { draw, plain } from "./drawing.ts";
import { choicesText } from "./plan-choices.ts";
import { priceText } from "./plan-price.ts";
import { type Plan, type Verdict, verdictOf } from "./plan.ts";
import { paragraph, plural } from "../text.ts";

export interface PlanTextOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly unicode: boolean;
  /** Also what is accepted, what costs nothing, and every action. */
  readonly verbose: boolean;
}

/** A plan for a terminal. */
export function planText(plan: Plan, options: PlanTextOptions): string {
  const verdict = verdictOf(plan);
  const sections = [
    heading(plan, options),
    draw(plan.topology, options).trimEnd(),
    made(plan, options),
    priceText(plan, options),
    choicesText(plan, options),
    rights(plan, options),
    checks(plan, verdict, options),
    objectionsText("Warnings", verdict.warnings, options),
    objectionsText("Refused", verdict.refusals, options),
    outcome(plan, verdict, options),
  ];
  const text = `${sections.filter((section) => section !== "").join("\n\n")}\n`;
  return options.unicode ? text : plain(text);
}

function heading({ app }: Plan, { paint }: PlanTextOptions): string {
  const where = app.account === undefined ? app.region : `${app.region}, account ${app.account}`;
  return `${paint("bold", `${app.name} · ${app.environment}`)}  ${app.topology}, ${where}`;
}

function made({ stacks }: Plan, { paint, columns }: PlanTextOptions): string {
  const lines = stacks.map(({ part, region, makes, smaller, resources, keeps }, _index, all) => {
    const elsewhere = all.some((other) => other.region !== region) ? ` in ${region}` : "";
    const rest = smaller === 0 ? "" : `, and ${plural(smaller, "smaller part", "smaller parts")}`;
    const kept = keeps.length === 0 ? "" : ` Kept when destroyed: ${keeps.join(", ")}.`;
    const text = `${plural(resources, "resource", "resources")}${elsewhere}: ${makes.join(", ")}${rest}.${kept}`;
    return paragraph(text, columns, 14, `  ${part.padEnd(12)}`);
  });
  return [paint("bold", "What is made, stack by stack"), ...lines].join("\n");
}

function rights({ programs }: Plan, { paint, columns, verbose }: PlanTextOptions): string {
  const lines = programs.flatMap(({ program, permissions }) =>
    permissions.length === 0
      ? [`  ${program} may do nothing.`]
      : [
          `  ${program} may`,
          ...permissions.flatMap(({ may, actions }) => [
            paragraph(may, columns, 6, "    - "),
            ...(verbose ? [paint("dim", paragraph(actions.join(", "), columns, 6))] : []),
          ]),
        ],
  );
  return [paint("bold", "What each program may do"), ...lines].join("\n");
}

function checks({ findings }: Plan, { open, accepted }: Verdict, options: PlanTextOptions): string {
  const { paint, columns, verbose } = options;
  const title = paint("bold", "Policy checks");
  if (findings === undefined) return `${title}\n  Nobody looked: --no-checks.`;
  const summary =
    open.length === 0
      ? `  Nothing is open. ${plural(accepted.length, "finding is", "findings are")} accepted, each with a reason.`
      : `  ${plural(open.length, "finding has", "findings have")} to be mended, or accepted with a reason beside the resource.`;
  const found = byRule(open).flatMap(([{ rule, path, message }, ...more]) => [
    paint(
      "red",
      paragraph(`${rule} at ${path}${more.length === 0 ? "" : ` and ${more.length} more`}`, columns, 6, "    - "),
    ),
    paragraph(message, columns, 6),
    ...(more.length > 0 && !verbose ? [paint("dim", "      --verbose names them all.")] : []),
    ...(verbose ? more.map(({ path }) => paint("dim", `      ${path}`)) : []),
  ]);
  const reasons = accepted.flatMap(({ rule, path, reason }) => [
    paint("dim", paragraph(`${rule} at ${path}`, columns, 6, "    - ")),
    paint("dim", paragraph(reason ?? "", columns, 6)),
  ]);
  return [title, summary, ...found, ...(verbose ? reasons : [])].join("\n");
}

/** Findings of one rule with the same words together, in their order. */
export function byRule(findings: readonly Finding[]): readonly (readonly [Finding, ...Finding[]])[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const before = groups.get(`${finding.rule} ${finding.message}`);
    if (before === undefined) groups.set(`${finding.rule} ${finding.message}`, [finding]);
    else before.push(finding);
  }
  return [...groups.values()];
}

function objectionsText(title: string, objections: readonly Objection[], options: PlanTextOptions): string {
  if (objections.length === 0) return "";
  const { paint, columns } = options;
  const lines = objections.flatMap(({ id, level, fact, evidence, instead, found, accepted }) => [
    paint(level === "refusal" ? ["red", "bold"] : ["yellow", "bold"], `  ${level === "refusal" ? "✗" : "!"} ${id}`),
    ...found.map(({ where, what }) => paragraph(`${where}: ${what}`, columns, 4)),
    paragraph(fact, columns, 4),
    paragraph(accepted === undefined ? instead : `Accepted: ${accepted}`, columns, 6, "    → "),
    paint("dim", `      ${evidence}`),
  ]);
  const refused = objections.find(({ level, final }) => level === "refusal" && final !== true);
  const answer = `Where a rule errs about yours, say why in aloft.config.ts: accept: { "${refused?.id}": "…" }`;
  return [paint("bold", title), ...lines, ...(refused === undefined ? [] : [paragraph(answer, columns, 2)])].join("\n");
}

function outcome({ app }: Plan, { refusals, open, ok }: Verdict, { paint }: PlanTextOptions): string {
  if (ok) return `${paint("green", "✓")} Nothing is refused. To land it: aloft deploy --env ${app.environment}`;
  const parts = [
    ...(refusals.length > 0 ? [`${plural(refusals.length, "thing is", "things are")} refused`] : []),
    ...(open.length > 0 ? [`${plural(open.length, "finding is", "findings are")} open`] : []),
  ];
  return `${paint("red", "✗")} ${parts.join(", ")}: mend what is said above before deploying.`;
}
