import {
  BaseCredentials,
  BootstrapEnvironments,
  BootstrapStackParameters,
  ExpandStackSelection,
  type IIoHost,
  type IoMessage,
  type IoRequest,
  StackSelectionStrategy,
  Toolkit,
} from "@aws-cdk/toolkit-lib";
import type { TemplateDiff } from "@aws-cdk/cloudformation-diff";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { OnEvent } from "./deploy-event.ts";

/** The stacks of one cloud assembly, deployed one at a time. Errors are those of the CDK, untranslated. */
export interface Stacks {
  /** What deploying would change, held against the templates that are deployed; nothing is made for the comparison. By name. */
  diff(parts: readonly StackPart[]): Promise<ReadonlyMap<string, TemplateDiff>>;
  /** @param takingOver what is there already under a name of the template, and of no stack, becomes the stack's. */
  deploy(part: StackPart, takingOver?: boolean): Promise<Readonly<Record<string, string>>>;
  destroy(part: StackPart): Promise<void>;
}

const pollMs = 2000;

/** Over AWS itself a stack's events are read every two seconds; an emulator has nothing to spare them for. */
function pollingMs(): number {
  return process.env["AWS_ENDPOINT_URL"] === undefined ? pollMs : 200;
}

export interface StacksOptions {
  /** Without change sets: what deploys then cannot be looked at before, so that it is for emulators that do not know them. */
  readonly directly?: boolean | undefined;
}

/** @param folder of the cloud assembly. */
export function stacksOf(
  folder: string,
  region: string,
  onEvent: OnEvent,
  { directly = false }: StacksOptions = {},
): Stacks {
  const toolkit = toolkitFor(region, onEvent);
  const assembly = toolkit.fromAssemblyDirectory(folder);
  const only = (parts: readonly StackPart[]) => ({
    strategy: StackSelectionStrategy.PATTERN_MUST_MATCH,
    patterns: [...parts],
    expand: ExpandStackSelection.NONE,
  });
  return {
    async diff(parts) {
      const { DiffMethod } = await import("@aws-cdk/toolkit-lib");
      const found = await toolkit.diff(await assembly, { stacks: only(parts), method: DiffMethod.TemplateOnly() });
      // It says `Data (chat-dev-data)`.
      return new Map(Object.entries(found).map(([key, diff]) => [/\(([^()]+)\)$/.exec(key)?.[1] ?? key, diff]));
    },
    async deploy(part, takingOver = false) {
      const { stacks } = await toolkit.deploy(await assembly, {
        stacks: only([part]),
        stackEventPollingInterval: pollingMs(),
        deploymentMethod: directly
          ? { method: "direct" }
          : { method: "change-set", importExistingResources: takingOver },
      });
      return stacks[0]?.outputs ?? {};
    },
    async destroy(part) {
      await toolkit.destroy(await assembly, { stacks: only([part]), stackEventPollingInterval: pollingMs() });
    },
  };
}

/**
 * Makes what CloudFormation deploys with: a bucket for templates and its roles, once for each account and region.
 * @see https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
export async function bootstrap(account: string, region: string, onEvent: OnEvent): Promise<void> {
  await toolkitFor(region, onEvent).bootstrap(BootstrapEnvironments.fromList([`aws://${account}/${region}`]), {
    parameters: BootstrapStackParameters.exactly({
      publicAccessBlockConfiguration: true,
      cloudFormationExecutionPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
    }),
  });
}

function toolkitFor(region: string, onEvent: OnEvent): Toolkit {
  return new Toolkit({
    ioHost: ioHost(onEvent),
    color: false,
    emojis: false,
    sdkConfig: { baseCredentials: BaseCredentials.awsCliCompatible({ defaultRegion: region }) },
    // Findings are a matter of `aloft plan`; a deployment is not kept by them.
    assemblyFailureAt: "error",
  });
}

function ioHost(onEvent: OnEvent): IIoHost {
  return {
    notify(message: IoMessage<unknown>) {
      const event = activity(message.data);
      if (event !== undefined) onEvent(event);
      return Promise.resolve();
    },
    // Everything was confirmed before the toolkit was asked.
    requestResponse: <T>(request: IoRequest<unknown, T>) =>
      Promise.resolve(typeof request.defaultResponse === "boolean" ? (true as T) : request.defaultResponse),
  };
}

interface Activity {
  readonly event: {
    readonly StackName?: string;
    readonly LogicalResourceId?: string;
    readonly ResourceType?: string;
    readonly ResourceStatus?: string;
    readonly ResourceStatusReason?: string;
  };
  readonly metadata?: { readonly constructPath?: string };
}

function activity(data: unknown): Parameters<OnEvent>[0] | undefined {
  if (typeof data !== "object" || data === null || !("event" in data) || !("deployment" in data)) return undefined;
  const { event, metadata } = data as Activity;
  const [part, ...rest] = metadata?.constructPath?.split("/") ?? [];
  return {
    kind: "resource",
    part: rest.length === 0 ? undefined : (part as StackPart),
    stack: event.StackName ?? "",
    resource: rest.length === 0 ? (event.LogicalResourceId ?? "") : readablePath(rest),
    type: event.ResourceType ?? "",
    status: event.ResourceStatus ?? "",
    reason: event.ResourceStatusReason,
  };
}

/** A construct's path without the last part, if it only says that it is the resource itself. */
export function readablePath(parts: readonly string[]): string {
  return (parts.at(-1) === "Resource" ? parts.slice(0, -1) : parts).join("/");
}
