import type { ResolvedApp } from "../config/resolve.ts";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Caller } from "./caller.ts";
import type { Confirmation, StackChanges } from "./changes.ts";
import type { OnEvent } from "./deploy-event.ts";
import type { ImageChoice } from "./image-source.ts";
import type { Parameters } from "./parameters.ts";
import type { PreflightFinding } from "./preflight/finding.ts";
import type { Deployment } from "./record.ts";
import type { DeploySteps } from "./steps.ts";

/** What became of a stack. */
export interface Made {
  readonly part: StackPart;
  readonly name: string;
  readonly state: "deployed" | "unchanged";
}

/** What would be done, for a person to agree to. */
export interface DeployPlan {
  readonly stacks: readonly StackChanges[];
  readonly confirmation: Confirmation;
}

export interface DeployOptions {
  readonly app: ResolvedApp;
  /** Instead of all parts. */
  readonly only?: StackPart | undefined;
  /** What runs. Not needed where nothing does, nor for parts that hold no program. */
  readonly image?: ImageChoice | undefined;
  /** Goes back to a version that has been there: its migrations have run, and are not undone. */
  readonly withoutMigration?: boolean;
  /** Asked if data goes or access widens. */
  readonly confirm: (plan: DeployPlan) => Promise<boolean>;
  readonly confirmBootstrap: (regions: readonly string[]) => Promise<boolean>;
  /** Told what changes, before anything does: also where nothing has to be agreed to. */
  readonly onPlan?: (plan: DeployPlan) => void;
  readonly onEvent: OnEvent;
  /** Stops at the next moment at which nothing is half done. What CloudFormation has begun it ends by itself. */
  readonly signal: AbortSignal;
  /** Steps done otherwise, as where there is nothing that runs containers. */
  readonly steps?: Partial<DeploySteps>;
  /** Without change sets, which not every emulator knows. */
  readonly directly?: boolean;
}

export interface DeployReport {
  readonly account: string;
  readonly region: string;
  readonly url: string | undefined;
  readonly image: string | undefined;
  readonly version: string | undefined;
  readonly stacks: readonly Made[];
  readonly findings: readonly PreflightFinding[];
  /** Outputs by part. */
  readonly outputs: Readonly<Partial<Record<StackPart, Readonly<Record<string, string>>>>>;
}

/** A deployment that is under way: what every step of it shares. */
export interface Deploying extends Omit<DeployOptions, "steps"> {
  readonly folder: string;
  readonly caller: Caller;
  readonly parameters: Parameters;
  readonly record: readonly Deployment[];
  readonly steps: DeploySteps;
}
