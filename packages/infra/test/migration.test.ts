import type { RelationalConfig, SoloConfig } from "@aloft/infra";
import { describe, expect, test } from "vitest";
import { containersOf, type Parts, partsOf } from "./templates.ts";

const everywhere = { dev: {}, staging: {}, production: {} } as const;
const solo = { name: "chat", topology: "solo", environments: everywhere } as const satisfies SoloConfig;
const relational = {
  name: "py",
  topology: "relational",
  service: { image: { dockerfile: "Dockerfile" } },
  environments: everywhere,
} as const satisfies RelationalConfig;

describe("migration", () => {
  test("[landing.compute.migration] it has a role, a log and a security group of its own, before the service", () => {
    const parts = partsOf(relational, "dev");
    const cluster = parts.of("Cluster");
    cluster.resourceCountIs("AWS::ECS::Service", 0);
    cluster.resourceCountIs("AWS::Logs::LogGroup", 1);
    cluster.resourceCountIs("AWS::EC2::SecurityGroup", 1);
    const names = parts.synthesis.stacks.map(({ part }) => part);
    expect(names.indexOf("Cluster")).toBeLessThan(names.indexOf("Compute"));
    expect(parts.synthesis.stacks.find(({ part }) => part === "Compute")?.after).toContain("Cluster");
  });

  test("[landing.compute.migration] Aloft's image migrates by its own word, others by aloft exec or by theirs", () => {
    const command = (parts: Parts) => {
      const [container] = containersOf(parts, "Cluster");
      return [container?.["EntryPoint"], container?.["Command"]];
    };
    expect(command(partsOf(solo, "dev"))).toEqual([undefined, ["migrate"]]);
    expect(command(partsOf(relational, "dev"))).toEqual([["aloft", "exec", "--migrate", "--"], ["true"]]);
    const { service: _, ...aloft } = relational;
    expect(command(partsOf(aloft, "dev"))).toEqual([undefined, ["migrate"]]);
    const migrate = ["alembic", "upgrade", "head"];
    expect(command(partsOf({ ...relational, migrate }, "dev"))).toEqual([undefined, migrate]);
  });

  test("[landing.compute.migration] it and the service reach the database, and no other network does", () => {
    const parts = partsOf({ ...relational, network: { egress: "nat-gateway" } }, "dev");
    const toDatabase = [
      ...parts.all("Cluster", "AWS::EC2::SecurityGroupIngress"),
      ...parts.all("Compute", "AWS::EC2::SecurityGroupIngress"),
    ]
      .filter(({ GroupId }) => JSON.stringify(GroupId).includes("Database"))
      .map(({ SourceSecurityGroupId }) => JSON.stringify(SourceSecurityGroupId));
    expect(toDatabase).toHaveLength(2);
    expect(toDatabase[0]).toContain("MigrateSecurityGroup");
    expect(toDatabase[1]).toContain("ServiceSecurityGroup");
  });

  test("[landing.compute.sessions] the NAT instance reaches the database, where there is one", () => {
    const sessions = (parts: Parts) =>
      parts
        .all("Cluster", "AWS::EC2::SecurityGroupIngress")
        .filter(({ SourceSecurityGroupId }) => JSON.stringify(SourceSecurityGroupId).includes("Nat"));
    expect(sessions(partsOf(relational, "dev"))).toHaveLength(1);
    expect(sessions(partsOf({ ...relational, network: { egress: "nat-gateway" } }, "dev"))).toEqual([]);
    expect(sessions(partsOf(solo, "dev"))).toEqual([]);
  });
});

describe.each([
  ["solo", solo],
  ["relational", relational],
] as const)("%s", (_topology, config) => {
  const parts = partsOf(config, "production");

  test("[landing.compute.outputs] outputs name what deploying, watching and opening needs", () => {
    const names = (part: "Network" | "Cluster" | "Guard" | "Compute") =>
      Object.keys(parts.json(part).Outputs ?? {}).filter((name) => !/^(Exports|Publish)Output/.test(name));
    expect(names("Network")).toEqual(["VpcId", "NatInstanceId"]);
    expect(names("Cluster")).toEqual([
      "ClusterName",
      "MigrationTaskDefinition",
      "MigrationContainer",
      "MigrationSecurityGroup",
      "MigrationSubnets",
      "MigrationLogGroup",
      "Image",
    ]);
    expect(names("Guard")).toEqual(["WebAclArn"]);
    expect(names("Compute")).toEqual([
      "Url",
      "ServiceName",
      "LogGroup",
      "DistributionId",
      "DistributionDomainName",
      "TaskDefinition",
      "Image",
    ]);
  });

  test("[landing.compute.limits] templates are far from CloudFormation's limits", () => {
    for (const { template, bytes } of parts.synthesis.stacks) {
      expect(bytes).toBeLessThan(1_048_576);
      expect(Object.keys(template.Resources).length).toBeLessThan(500);
    }
  });

  test("[landing.compute.limits] they are synthesized within 1.5 seconds", () => {
    // Of the processor, as others use the machine too.
    const before = process.cpuUsage();
    partsOf(config, "production");
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1.5);
  });
});
