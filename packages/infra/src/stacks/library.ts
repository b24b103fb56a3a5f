import { secretsNeeds } from "@aloft/adapters/needs/secrets";
import { environmentOf } from "@aloft/core/secrets/names";
import { type App, CfnOutput } from "aws-cdk-lib";
import { ManagedPolicy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { acknowledgeWildcards } from "../checks/acknowledge.ts";
import type { ResolvedLibrary } from "../config/resolve.ts";
import { dataKey } from "../constructs/keys.ts";
import { Secrets } from "../constructs/secrets.ts";
import { permissionsFor } from "../permissions/from-needs.ts";
import type { Permission } from "../permissions/permission.ts";
import type { Built } from "../synthesize.ts";
import { AccessStack, needsAccessStack } from "./access-stack.ts";
import { AloftStack } from "./aloft-stack.ts";
import { MonitoringStack, needsMonitoringStack } from "./monitoring-stack.ts";

/** No compute: the secrets of a manifest, by the names that it gives them in this environment, and who may read them. */
export function buildLibrary(cdk: App, app: ResolvedLibrary): Built {
  const stack = new AloftStack(cdk, { app, part: "Data", description: `Secrets of ${app.prefix}` });
  const { prefix, protectData } = app;
  const encryptionKey = app.encryption === "own" ? dataKey(stack, "DataKey", { prefix, protectData }) : undefined;
  const secrets = new Secrets(stack, "Secrets", {
    manifest: app.secrets,
    wanted: () => true,
    environmentName: environmentOf(app.secrets, {}, app.environment).name,
    protectData,
    encryptionKey,
  });
  const { secretArns, parameterArns } = secrets.all();
  const permissions = [
    ...permissionsFor(secretsNeeds, {
      secrets: secretArns,
      several: secretArns.length > 0 ? ["*"] : [],
      parameters: parameterArns,
    }),
    ...(encryptionKey === undefined ? [] : [opening(encryptionKey.keyArn, stack.region)]),
  ];
  addReaderPolicy(stack, app, permissions);
  if (needsMonitoringStack(app)) void new MonitoringStack(cdk, { app });
  if (!needsAccessStack(app)) return { permissions: { reader: permissions } };
  const { deployPermissions } = new AccessStack(cdk, { app });
  return {
    permissions: { reader: permissions, ...(deployPermissions.length > 0 ? { deploy: deployPermissions } : {}) },
  };
}

function opening(keyArn: string, region: string): Permission {
  return {
    sid: "ThroughServices",
    may: "have Secrets Manager open them",
    actions: ["kms:Decrypt"],
    resources: [keyArn],
    conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
  };
}

/** A policy of its own, for roles that are there already and those that are still to come. */
function addReaderPolicy(stack: AloftStack, app: ResolvedLibrary, permissions: readonly Permission[]): CfnOutput {
  const policy = new ManagedPolicy(stack, "Reader", {
    managedPolicyName: `${app.prefix}-secrets-reader`,
    description: `Reads the secrets of ${app.prefix}`,
    statements: permissions.map(({ sid, actions, resources, conditions }) => {
      const given = { sid, actions: [...actions], resources: [...resources] };
      return new PolicyStatement(conditions === undefined ? given : { ...given, conditions: { ...conditions } });
    }),
    roles: app.readerRoles.map((name) => Role.fromRoleName(stack, `Reader:${name}`, name)),
  });
  acknowledgeWildcards(
    policy,
    permissions.flatMap(({ resources }) => resources),
    "Several secrets are asked for by one request, which takes no resource: each still has to be allowed by its own name.",
  );
  return new CfnOutput(stack, "ReaderPolicy", {
    value: policy.managedPolicyArn,
    description: "Attach it to who reads.",
  });
}
