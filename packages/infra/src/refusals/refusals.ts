import type { Synthesis } from "../synthesize.ts";
import { computeRules } from "./compute.ts";
import { dataRules } from "./data.ts";
import { designOf } from "./design.ts";
import { identityRules } from "./identity.ts";
import { limitRules } from "./limits.ts";
import { operationsRules } from "./operations.ts";
import type { Found, Rule } from "./rule.ts";

/** What a rule says of an app: everywhere that it found something. */
export interface Objection extends Pick<Rule, "id" | "level" | "row" | "fact" | "evidence" | "instead"> {
  readonly found: readonly Found[];
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
 * @returns refusals first, then warnings.
 */
export function objections(synthesis: Pick<Synthesis, "app" | "stacks">): readonly Objection[] {
  const design = designOf(synthesis);
  const all = rules
    .map(({ find, ...rule }) => ({ ...rule, found: find(design) }))
    .filter(({ found }) => found.length > 0);
  return [...all.filter(({ level }) => level === "refusal"), ...all.filter(({ level }) => level === "warning")];
}
