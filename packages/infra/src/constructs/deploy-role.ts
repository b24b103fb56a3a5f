import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  Effect,
  OidcProviderNative,
  PolicyDocument,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { acknowledgeWildcards } from "../checks/acknowledge.ts";
import type { ResolvedApp } from "../config/resolve.ts";
import type { Permission } from "../permissions/permission.ts";
import { deployPermissions, type DeployTargets } from "../permissions/deploy.ts";

const issuer = "token.actions.githubusercontent.com";

/** What an account knows GitHub's tokens by. */
export function githubProviderArn(account: string, partition = "aws"): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer}`;
}

/** By what a workflow names the role: `arn:aws:iam::<account>:role/<name>`. */
export function deployRoleName(app: Pick<ResolvedApp, "prefix">): string {
  return `${app.prefix}-deploy`;
}

/**
 * What GitHub's tokens say of the jobs that are let in: those of this repository that deploy to this environment. Repositories made
 * or renamed since 2026-07-15 name owner and repository with their numbers; with the numbers given, both forms are let in.
 * @see https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
 */
export function subjects({ owner, name, ownerId, id }: Repository, environment: string): readonly string[] {
  const byName = `repo:${owner}/${name}:environment:${environment}`;
  if (ownerId === undefined || id === undefined) return [byName];
  return [byName, `repo:${owner}@${ownerId}/${name}@${id}:environment:${environment}`];
}

type Repository = NonNullable<ResolvedApp["repository"]>;

export interface DeployRoleProps extends DeployTargets {
  readonly app: ResolvedApp;
  readonly repository: Repository;
}

/**
 * The role of the workflow that deploys one environment, for an hour at a time and without a stored key.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export class DeployRole extends Construct {
  readonly role: Role;
  readonly permissions: readonly Permission[];

  constructor(scope: Construct, id: string, { app, repository, ...targets }: DeployRoleProps) {
    super(scope, id);
    this.permissions = deployPermissions(Stack.of(this), app, targets);
    this.role = new Role(this, "Role", {
      roleName: deployRoleName(app),
      description: `GitHub jobs of ${repository.owner}/${repository.name} that deploy to ${app.environment}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new WebIdentityPrincipal(this.#provider(repository), {
        StringEquals: {
          [`${issuer}:aud`]: "sts.amazonaws.com",
          [`${issuer}:sub`]: [...subjects(repository, app.environment)],
          ...(repository.id === undefined ? {} : { [`${issuer}:repository_id`]: repository.id }),
        },
      }),
      inlinePolicies: { Deploy: new PolicyDocument({ statements: this.permissions.map(statementOf) }) },
    });
    for (const { may, resources } of this.permissions) {
      acknowledgeWildcards(
        this.role,
        resources,
        `Deploying has to ${may}: AWS takes nothing narrower, or completes the name itself.`,
      );
    }
  }

  /** It outlives the stack, since roles of other environments and apps rely on it. */
  #provider({ oidcProvider }: Repository): string {
    const { partition, account } = Stack.of(this);
    if (oidcProvider === "existing") return githubProviderArn(account, partition);
    const provider = new OidcProviderNative(this, "GitHub", {
      url: `https://${issuer}`,
      clientIds: ["sts.amazonaws.com"],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    return provider.oidcProviderArn;
  }
}

function statementOf({ sid, actions, resources, conditions }: Permission): PolicyStatement {
  const limited = conditions === undefined ? {} : { conditions };
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...limited,
  });
}
