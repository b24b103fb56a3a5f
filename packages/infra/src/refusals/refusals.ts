import { AppConfigError } from "../config/app-config-error.ts";
import type { Synthesis } from "../synthesize.ts";
import { computeRules } from "./compute.ts";
import { dataRules } from "./data.ts";
import { designOf } from "./design.ts";
import { identityRules } from "./identity.ts";
import { limitRules } from "./limits.ts";
import { operationsRules } from "./operations.ts";
import type { Found, Rule } from "./rule.ts";

/** What a rule says of an app: everywhere that it found something. */
export interface Objection extends Pick<Rule, "id" | "level" | "row" | "fact" | "evidence" | "instead" | "final"> {
  readonly found: readonly Found[];
  /** Why it is no refusal here, in the words of the configuration. */
  readonly accepted?: string;
}

/** Every rule, as data. */
export const rules: readonly Rule[] = [
  ...identityRules,
  ...computeRules,
  ...dataRules,
  ...operationsRules,
  ...limitRules,
];

/**
 * Looks for what would fail once deployed, in the configuration and in the templates, whoever wrote what is in them.
 * @returns refusals first, then warnings, among them refusals that the configuration answers.
 * @throws {AppConfigError} it answers a refusal that there is not, or one that AWS itself stands by.
 */
export function objections(synthesis: Pick<Synthesis, "app" | "stacks">): readonly Objection[] {
  const { accept } = synthesis.app;
  checkAccepted(accept);
  const design = designOf(synthesis);
  const all = rules
    .map(({ find, ...rule }): Objection => ({ ...rule, ...answered(rule, accept), found: find(design) }))
    .filter(({ found }) => found.length > 0);
  return [...all.filter(({ level }) => level === "refusal"), ...all.filter(({ level }) => level === "warning")];
}

function answered({ id, level }: Pick<Rule, "id" | "level">, accept: Readonly<Record<string, string>>) {
  const accepted = level === "refusal" ? accept[id] : undefined;
  return accepted === undefined ? {} : { level: "warning" as const, accepted };
}

function checkAccepted(accept: Readonly<Record<string, string>>): void {
  const refusals = rules.filter(({ level }) => level === "refusal");
  const faults = Object.keys(accept).flatMap((id) => {
    const rule = refusals.find((one) => one.id === id);
    if (rule !== undefined && rule.final !== true) return [];
    const message =
      rule === undefined
        ? "There is no such refusal: `aloft plan` names each by its id."
        : `AWS itself turns this down, and it cannot be accepted. Take it out. ${rule.instead}`;
    return [{ path: `accept.${id}`, message }];
  });
  if (faults.length > 0) throw new AppConfigError(faults);
}
