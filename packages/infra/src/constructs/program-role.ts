import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { Permission } from "../permissions/permission.ts";

/** A task can be given a role only for tasks of this account and region. */
function tasksOf(scope: Construct): ServicePrincipal {
  const { account, region, partition } = Stack.of(scope);
  return new ServicePrincipal("ecs-tasks.amazonaws.com", {
    conditions: {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": `arn:${partition}:ecs:${region}:${account}:*` },
    },
  });
}

/**
 * What a program is while it runs: it may nothing yet.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
export function programRole(scope: Construct, id: string): Role {
  return new Role(scope, id, { assumedBy: tasksOf(scope) });
}

/** Allows a role exactly what the permissions say, statement by statement, with the reason for each resource that is not named in full. */
export function addPermissions(role: Role, permissions: readonly Permission[]): void {
  const reasons: Record<string, string> = {};
  for (const permission of permissions) {
    role.addToPolicy(statementOf(permission));
    for (const resource of permission.resources.map((arn) => asChecked(role, arn))) {
      if (!resource.includes("*")) continue;
      const why =
        resource === "*"
          ? "AWS takes no narrower resource for this."
          : "What is below it is made while the program runs.";
      reasons[`AwsSolutions-IAM5[Resource::${resource}]`] = `The program may ${permission.may}. ${why}`;
    }
  }
  acknowledge(role, reasons);
}

function statementOf({ sid, actions, resources, conditions }: Permission): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });
}

/** An ARN as cdk-nag names it: what is known only at the deployment stands in angle brackets. */
function asChecked(scope: Construct, arn: string): string {
  return text(Stack.of(scope).resolve(arn));
}

function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const [[name, of] = ["", ""]] = Object.entries(value);
  if (name === "Ref") return `<${String(of)}>`;
  if (name === "Fn::GetAtt" && Array.isArray(of)) return `<${of.join(".")}>`;
  if (name === "Fn::Join" && Array.isArray(of) && Array.isArray(of[1])) return of[1].map(text).join(String(of[0]));
  return `<${name}>`;
}

/**
 * Who starts a task: pulls its image, and writes its log, whose group the log driver adds. The program never has this role.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
export function executionRole(scope: Construct, id: string, repositoryArns: readonly string[]): Role {
  const role = new Role(scope, id, { assumedBy: tasksOf(scope) });
  role.addToPolicy(
    new PolicyStatement({
      sid: "Pull",
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: [...repositoryArns],
    }),
  );
  role.addToPolicy(new PolicyStatement({ sid: "PullToken", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }));
  acknowledge(role, {
    "AwsSolutions-IAM5[Resource::*]": "The token that pulls images is the account's: this action takes no resource.",
  });
  return role;
}
