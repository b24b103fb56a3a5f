import { CfnOutput } from "aws-cdk-lib";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { ResolvedApp } from "../config/resolve.ts";
import { DeployRole } from "../constructs/deploy-role.ts";
import { Detectors } from "../constructs/detectors.ts";
import { Trail } from "../constructs/trail.ts";
import type { DeployTargets } from "../permissions/deploy.ts";
import type { Permission } from "../permissions/permission.ts";
import { AloftStack } from "./aloft-stack.ts";
import { alarmTopicName } from "./monitoring-stack.ts";

export interface AccessStackProps extends DeployTargets {
  readonly app: ResolvedApp;
}

/** Whether there is anything for an AccessStack to hold. An empty stack cannot be deployed. */
export function needsAccessStack(app: ResolvedApp): boolean {
  return app.repository !== undefined || app.trail || app.detectors;
}

/** Who may deploy, and what watches over the account. Make it only if {@link needsAccessStack}. */
export class AccessStack extends AloftStack {
  /** Of the workflow that deploys; empty without a repository. */
  readonly deployPermissions: readonly Permission[];
  readonly trail: Trail | undefined;
  readonly detectors: Detectors | undefined;

  constructor(scope: Construct, { app, ...targets }: AccessStackProps) {
    super(scope, { app, part: "Access", description: `Access to ${app.prefix}` });
    this.deployPermissions = this.#addDeployRole(app, targets);
    if (app.trail) this.trail = new Trail(this, "Trail", { name: `${app.prefix}-trail` });
    if (app.detectors) this.detectors = new Detectors(this, "Detectors", this.#detectors(app));
  }

  #addDeployRole(app: ResolvedApp, targets: DeployTargets): readonly Permission[] {
    const { repository } = app;
    if (repository === undefined) return [];
    const { role, permissions } = new DeployRole(this, "Deploy", { app, repository, ...targets });
    const output = new CfnOutput(this, "DeployRoleArn", {
      value: role.roleArn,
      description: "What the workflow takes: role-to-assume of aws-actions/configure-aws-credentials",
    });
    output.overrideLogicalId("DeployRoleArn");
    return permissions;
  }

  #detectors(app: ResolvedApp) {
    const name = `${app.prefix}-access`;
    if (app.topology === "library") return { name };
    const topicArn = this.formatArn({ service: "sns", resource: alarmTopicName(app) });
    return { name, target: new SnsTopic(Topic.fromTopicArn(this, "AlarmTopic", topicArn)) };
  }
}
