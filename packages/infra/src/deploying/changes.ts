import type { ResourceDifference, TemplateDiff } from "@aws-cdk/cloudformation-diff";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { SynthesizedStack } from "../synthesize.ts";
import { readablePath } from "./toolkit.ts";
import { wideningsOf } from "./widenings.ts";

export type ChangeKind = "added" | "changed" | "replaced" | "removed" | "released";

export interface Change {
  readonly kind: ChangeKind;
  /** Where it is in the app, such as `Tables/messages`. */
  readonly resource: string;
  readonly type: string;
  /** Properties that differ. */
  readonly properties: readonly string[];
  /** What is stored in it goes with it. */
  readonly losesData: boolean;
  /** CloudFormation decides when it gets there. */
  readonly perhaps: boolean;
}

export interface StackChanges {
  readonly part: StackPart;
  readonly name: string;
  readonly isNew: boolean;
  readonly changes: readonly Change[];
  /** Someone may do more than before; each in one line. */
  readonly widens: readonly string[];
  /** The same for a person: what only comes with something new is one line of its kind. */
  readonly widensInShort: readonly string[];
}

/** Types whose removal takes with it what users stored. */
const holdsData = new Set([
  "AWS::DynamoDB::Table",
  "AWS::DynamoDB::GlobalTable",
  "AWS::S3::Bucket",
  "AWS::RDS::DBInstance",
  "AWS::RDS::DBCluster",
  "AWS::KMS::Key",
  "AWS::SecretsManager::Secret",
  "AWS::SSM::Parameter",
  "AWS::ECR::Repository",
  "AWS::EFS::FileSystem",
  "AWS::Cognito::UserPool",
]);

/**
 * What a template's difference means, in words.
 * @param paths of constructs, by ids of resources. What is no more in the templates keeps its id.
 * @param account the app's own, if its templates name it.
 */
export function changesOf(
  stack: SynthesizedStack,
  diff: TemplateDiff,
  isNew: boolean,
  paths: ReadonlyMap<string, string> = new Map(),
  account?: string,
): StackChanges {
  const changes: Change[] = [];
  diff.resources.forEachDifference((logicalId, change) => {
    const found = changeOf(nameOf(logicalId, change, paths), change);
    if (found !== undefined) changes.push(found);
  });
  return { part: stack.part, name: stack.name, isNew, changes, ...wideningsOf(diff, isNew, account) };
}

function changeOf(resource: string, difference: ResourceDifference): Change | undefined {
  const type = difference.resourceType ?? difference.oldResourceType ?? "";
  const properties = Object.keys(difference.propertyUpdates);
  const impact: string = difference.changeImpact;
  const kind = kinds[impact];
  if (kind === undefined || type === "AWS::CDK::Metadata") return undefined;
  const kept = String(difference.oldValue?.["DeletionPolicy"]).startsWith("Retain");
  const keptWhenReplaced = difference.oldValue?.["UpdateReplacePolicy"] === "Retain";
  const goes = (kind === "removed" && !kept) || (kind === "replaced" && !keptWhenReplaced);
  const losesData = goes && holdsData.has(difference.oldResourceType ?? type);
  const perhaps = impact === "MAY_REPLACE";
  return { kind: kind === "removed" && kept ? "released" : kind, resource, type, properties, losesData, perhaps };
}

const kinds: Readonly<Record<string, ChangeKind>> = {
  WILL_CREATE: "added",
  WILL_UPDATE: "changed",
  WILL_REPLACE: "replaced",
  MAY_REPLACE: "replaced",
  WILL_DESTROY: "removed",
  WILL_ORPHAN: "released",
  WILL_IMPORT: "added",
};

function nameOf(
  logicalId: string,
  { newValue, oldValue }: ResourceDifference,
  paths: ReadonlyMap<string, string>,
): string {
  const metadata = (newValue?.["Metadata"] ?? oldValue?.["Metadata"]) as Readonly<Record<string, unknown>> | undefined;
  const path = paths.get(logicalId) ?? metadata?.["aws:cdk:path"];
  return typeof path === "string" ? readablePath(path.split("/").slice(1)) : logicalId;
}

/** What a person has to agree to before it is done. */
export interface Confirmation {
  readonly losesData: readonly string[];
  readonly widens: readonly string[];
}

export function confirmationOf(stacks: readonly StackChanges[]): Confirmation {
  return {
    losesData: stacks.flatMap(({ part, changes }) =>
      changes
        .filter(({ losesData }) => losesData)
        .map(({ resource, type, kind, perhaps }) => {
          return `${part}/${resource} (${type}) ${perhaps ? "may be" : "is"} ${kind}, with what is stored in it`;
        }),
    ),
    widens: stacks.flatMap(({ part, widensInShort }) => widensInShort.map((line) => `${part}: ${line}`)),
  };
}
