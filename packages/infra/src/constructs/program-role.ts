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
 * What a program is while it runs: it may exactly what the permissions say, statement by statement.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
export function programRole(scope: Construct, id: string, permissions: readonly Permission[]): Role {
  const role = new Role(scope, id, { assumedBy: tasksOf(scope) });
  for (const permission of permissions) role.addToPolicy(statementOf(permission));
  const anything = permissions.filter(({ resources }) => resources.includes("*"));
  if (anything.length > 0) {
    const may = anything.map((permission) => permission.may).join("; ");
    acknowledge(role, {
      "AwsSolutions-IAM5[Resource::*]": `The program may ${may}: AWS takes no narrower resource for these actions.`,
    });
  }
  return role;
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
