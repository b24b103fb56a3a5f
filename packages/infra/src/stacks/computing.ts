import type { App } from "aws-cdk-lib";
import type { ResolvedCompute, ResolvedRelational } from "../config/resolve.ts";
import type { Built } from "../synthesize.ts";
import { AccessStack, needsAccessStack } from "./access-stack.ts";
import { ClusterStack } from "./cluster-stack.ts";
import { ComputeStack } from "./compute-stack.ts";
import { DataStack } from "./data-stack.ts";
import { GuardStack, needsGuardStack } from "./guard-stack.ts";
import { MonitoringStack, type Watched } from "./monitoring-stack.ts";
import { NetworkStack } from "./network-stack.ts";

/** One service and what it needs, in the order in which it is deployed. What holds its data is for the DataStack to say. */
export function buildComputing(cdk: App, app: ResolvedCompute, image: string): Built {
  const { vpc, natInstance } = new NetworkStack(cdk, app);
  const data = new DataStack(cdk, { app, vpc });
  const { access, database, images } = data;
  const { cluster, migration } = new ClusterStack(cdk, {
    app,
    vpc,
    image,
    images,
    access: access.migrate,
    database,
    wayIn: natInstance,
  });
  const guard = needsGuardStack(app) ? new GuardStack(cdk, app) : undefined;
  const compute = new ComputeStack(cdk, {
    app,
    vpc,
    cluster,
    image,
    images,
    access: access.server,
    database,
    guard,
  });
  new MonitoringStack(cdk, {
    app,
    watched: {
      clusterName: cluster.clusterName,
      serviceName: compute.service.serviceName,
      loadBalancer: compute.loadBalancer,
      targetGroups: compute.targetGroups,
      logGroup: compute.logGroup,
      ...(data.tableNames.length > 0 ? { tableNames: data.tableNames } : {}),
      ...(app.topology === "relational" ? { database: databaseOf(app) } : {}),
    },
  });
  const permissions = { server: compute.permissions, migrate: access.migrate.permissions };
  if (!needsAccessStack(app)) return { permissions };
  const { deployPermissions } = new AccessStack(cdk, {
    app,
    repositoryArn: images.repositoryArn,
    migration: {
      clusterArn: cluster.clusterArn,
      family: migration.definition.family,
      logGroupArn: migration.logGroup.logGroupArn,
      roleArns: [migration.definition.taskRole, migration.definition.obtainExecutionRole()].map((role) => role.roleArn),
    },
  });
  return { permissions: { ...permissions, ...(deployPermissions.length > 0 ? { deploy: deployPermissions } : {}) } };
}

/** The database is named after the app. */
function databaseOf({ database, prefix }: ResolvedRelational): Watched["database"] & object {
  return database.engine === "rds" ? { instanceIdentifier: prefix } : { clusterIdentifier: prefix };
}
