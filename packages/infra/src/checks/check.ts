import type { IPolicyValidationContext, IPolicyValidationPlugin } from "aws-cdk-lib";
import type { ResolvedApp } from "../config/resolve.ts";
import { synthesize, type Synthesis, type SynthesizeOptions } from "../synthesize.ts";
import type { Draft, Finding } from "./finding.ts";
import { guardDrafts } from "./guard.ts";
import { houseDrafts } from "./house-rules.ts";
import { answer, inspect, type Inspection } from "./inspection.ts";
import { nagDrafts } from "./nag.ts";

export interface Checked {
  readonly synthesis: Synthesis;
  readonly inspection: Inspection;
  /** Every finding, those that are accepted with their reason. */
  readonly findings: readonly Finding[];
}

/**
 * Synthesizes an app and holds it against cdk-nag's AwsSolutions, the proactive controls of Control Tower, and our own rules.
 * Needs neither network nor credentials.
 */
export function check(app: ResolvedApp, options: Omit<SynthesizeOptions, "plugins">): Checked {
  const drafts: Draft[] = [];
  let inspection: Inspection = { resources: [], reasons: [] };
  const look: IPolicyValidationPlugin = {
    name: "aloft",
    validate({ appConstruct, templatePaths }: IPolicyValidationContext) {
      inspection = inspect(appConstruct);
      drafts.push(...nagDrafts(appConstruct), ...guardDrafts(appConstruct, templatePaths));
      return { success: true, violations: [] };
    },
  };
  const synthesis = synthesize(app, { ...options, plugins: [look] });
  return { synthesis, inspection, findings: answer([...drafts, ...houseDrafts(synthesis)], inspection) };
}
