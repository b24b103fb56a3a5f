import { App, CfnElement, type IPolicyValidationPlugin, Stack, Validations } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { AppConfigError } from "./config/app-config-error.ts";
import type { ResolvedApp } from "./config/resolve.ts";
import type { AppStacks } from "./config/schema.ts";
import type { Permission } from "./permissions/permission.ts";
import { buildLibrary } from "./stacks/library.ts";
import { buildRelational } from "./stacks/relational.ts";
import { buildSolo } from "./stacks/solo.ts";
import type { StackPart } from "./stacks/aloft-stack.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | readonly string[];
}

/** A template of CloudFormation, as far as it is looked at. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: unknown }>>;
}

export interface SynthesizedStack {
  readonly part: StackPart;
  readonly name: string;
  readonly region: string;
  readonly template: Template;
  /** Bytes of the template as it is sent. */
  readonly bytes: number;
  /** Parts that have to be there before. */
  readonly after: readonly StackPart[];
}

/** Everything that is known of an app in one environment before it is deployed. */
export interface Synthesis {
  readonly app: ResolvedApp;
  /** The cloud assembly's folder. */
  readonly folder: string;
  /** In the order in which they are deployed. */
  readonly stacks: readonly SynthesizedStack[];
  /** Of each program or reader, by name. */
  readonly permissions: Readonly<Record<string, readonly Permission[]>>;
}

export interface SynthesizeOptions {
  /** Where the cloud assembly goes; made if missing. */
  readonly folder: string;
  /** The image that runs, by digest. Default: a placeholder, good for planning. */
  readonly image?: string;
  /** What looks at the constructs and templates: see checks/check.ts. */
  readonly plugins?: readonly IPolicyValidationPlugin[];
}

/** Fills in for an image that is not built yet. */
export const plannedImage = "000000000000.dkr.ecr.us-east-1.amazonaws.com/planned@sha256:" + "0".repeat(64);

/** What a topology's stacks are built from. */
export interface Built {
  readonly permissions: Readonly<Record<string, readonly Permission[]>>;
}

/** Turns an app into templates. Needs neither network nor credentials. */
export function synthesize(app: ResolvedApp, options: SynthesizeOptions): Synthesis {
  const cdk = new App({
    outdir: options.folder,
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      // A tenth of the time, for traces that nobody here reads.
      "aws:cdk:disable-stack-trace": true,
      // Refusals say it of every limit, with what to do: see refusals/limits.ts.
      "@aws-cdk/core:stackResourceLimit": 0,
    },
    // Takes 7 seconds; cfn-lint looks for the same faults in the tests.
    builtinCloudFormationValidation: false,
  });
  Validations.of(cdk).addPlugins(...(options.plugins ?? []));
  const image = options.image ?? plannedImage;
  const built = build(cdk, app, image);
  extend(cdk, app);
  const assembly = synthesized(cdk, app);
  const parts = new Map(assembly.stacks.map((stack) => [stack.id, stack.hierarchicalId as StackPart]));
  const stacks = assembly.stacks.map((stack): SynthesizedStack => ({
    part: stack.hierarchicalId as StackPart,
    name: stack.stackName,
    region: stack.environment.region,
    template: stack.template as Template,
    bytes: JSON.stringify(stack.template).length,
    after: stack.dependencies.flatMap(({ id }) => parts.get(id) ?? []),
  }));
  return { app, folder: options.folder, stacks, permissions: built.permissions };
}

/** What a user added may be what CDK does not take. @throws {AppConfigError} then. */
function synthesized(cdk: App, { extend }: ResolvedApp): CloudAssembly {
  try {
    return cdk.synth();
  } catch (cause) {
    if (extend === undefined) throw cause;
    const message = `What it adds cannot be synthesized: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new AppConfigError([{ path: "extend", message }], { cause });
  }
}

/** Lets the user add constructs. @throws {AppConfigError} the function failed. */
function extend(cdk: App, { extend }: ResolvedApp): void {
  if (extend === undefined) return;
  const stacks = cdk.node.children.filter((child) => Stack.isStack(child)).map((stack) => [stack.node.id, stack]);
  try {
    extend(Object.fromEntries(stacks) as AppStacks);
  } catch (cause) {
    const message = `It failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new AppConfigError([{ path: "extend", message }], { cause });
  }
  requireOneCdk(cdk);
}

/** Rules know a resource by its class: those of another copy of the CDK they would pass by. @throws {AppConfigError} */
function requireOneCdk(cdk: App): void {
  const foreign = cdk.node.findAll().find(isForeign);
  if (foreign === undefined) return;
  const message =
    `${foreign.node.path} is made by another copy of aws-cdk-lib than @aloft/infra's, so that nothing would check it. ` +
    "npm ls aws-cdk-lib shows both: install the version that @aloft/infra has.";
  throw new AppConfigError([{ path: "extend", message }]);
}

function isForeign(construct: unknown): boolean {
  return CfnElement.isCfnElement(construct) && !(construct instanceof CfnElement);
}

function build(cdk: App, app: ResolvedApp, image: string): Built {
  if (app.topology === "library") return buildLibrary(cdk, app);
  return app.topology === "solo" ? buildSolo(cdk, app, image) : buildRelational(cdk, app, image);
}
