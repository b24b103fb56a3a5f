import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Synthesis } from "@aloft/infra/synthesize";
import type { IamRequest } from "./iam-requests.ts";
import { type Known, resolveIn, resourcesOf } from "./values.ts";

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

/** A task's role with everything that is attached to it, and the policies of what it may reach. */
export interface Principal {
  readonly arn: string;
  readonly policies: readonly Policy[];
  /** By the ARN of the key, or of the bucket. */
  readonly resourcePolicies: ReadonlyMap<string, unknown>;
}

/** Whoever has a policy of the template, and nothing else. @param policyId the policy's logical id begins with this. */
export function holderOf(synthesis: Synthesis, known: Known, policyId: string): Principal {
  const policies = resourcesOf(synthesis, "AWS::IAM::ManagedPolicy").filter(({ id }) => id.startsWith(policyId));
  return {
    arn: `arn:aws:iam::${known.account}:role/holder`,
    policies: policies.map(({ stack, resource }) =>
      resolveIn(synthesis, stack, known, resource.Properties?.["PolicyDocument"]),
    ) as Policy[],
    resourcePolicies: resourcePolicies(synthesis, known),
  };
}

/** @param roleId the role's logical id begins with this. */
export function principalOf(synthesis: Synthesis, known: Known, roleId: string): Principal {
  const role = resourcesOf(synthesis, "AWS::IAM::Role").find(({ id }) => new RegExp(`^${roleId}[0-9A-F]{8}$`).test(id));
  if (role === undefined) throw new Error(`no role is called ${roleId}`);
  const attached = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"].flatMap((type) => resourcesOf(synthesis, type));
  const own = attached.filter(({ resource, stack }) => {
    const roles = (resource.Properties?.["Roles"] ?? []) as readonly { readonly Ref?: string }[];
    return stack === role.stack && roles.some(({ Ref }) => Ref === role.id);
  });
  const resolved = own.map(({ stack, resource }) =>
    resolveIn(synthesis, stack, known, resource.Properties?.["PolicyDocument"]),
  );
  return {
    arn: `arn:aws:iam::${known.account}:role/${role.id}`,
    policies: resolved as Policy[],
    resourcePolicies: resourcePolicies(synthesis, known),
  };
}

/** The statement of a policy that says so, by its id. @throws {Error} there is none. */
export function statementOf({ policies }: Principal, sid: string): Statement {
  const found = policies.flatMap(({ Statement }) => Statement).find(({ Sid }) => Sid === sid);
  if (found === undefined) throw new Error(`no statement is called ${sid}`);
  return found;
}

/** Whether a statement's resources cover a resource. */
export function covers({ Resource = [] }: Statement, resource: string): boolean {
  return [Resource].flat().some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(resource);
  });
}

function resourcePolicies(synthesis: Synthesis, known: Known): ReadonlyMap<string, unknown> {
  const keys = resourcesOf(synthesis, "AWS::KMS::Key")
    .filter(({ stack }) => stack.part === "Data")
    .map(({ id, stack, resource }): [string, unknown] => [
      known.attributes[`${id}.Arn`] ?? "",
      resolveIn(synthesis, stack, known, resource.Properties?.["KeyPolicy"]),
    ]);
  const buckets = resourcesOf(synthesis, "AWS::S3::BucketPolicy")
    .filter(({ stack }) => stack.part === "Data")
    .map(({ stack, resource }): [string, unknown] => {
      const name = resolveIn(synthesis, stack, known, resource.Properties?.["Bucket"]);
      return [
        `arn:aws:s3:::${String(name)}`,
        resolveIn(synthesis, stack, known, resource.Properties?.["PolicyDocument"]),
      ];
    });
  return new Map([...keys, ...buckets]);
}

/** `Allowed`, or why IAM does not let the principal do it. */
export async function decide(principal: Principal, request: IamRequest, account: string): Promise<string> {
  const { action, resource, context } = request;
  const bucket = /^(arn:aws:s3:::[^/]+)/.exec(resource)?.[1];
  const resourcePolicy = principal.resourcePolicies.get(bucket ?? resource);
  const { resultType, ...rest } = await runSimulation(
    {
      request: {
        principal: principal.arn,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context },
      },
      identityPolicies: principal.policies.map((policy, i) => ({ name: `policy ${i}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy,
    },
    {},
  );
  if (resultType === "error") return JSON.stringify(rest);
  return (rest as { readonly overallResult: string }).overallResult;
}
