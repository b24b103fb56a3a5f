import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeRouteTablesCommand, DescribeVpcEndpointsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { SoloConfig } from "@aloft/infra";
import { beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { service } from "../../../test/support/services.ts";
import { partsOf } from "./templates.ts";

const here = await available("moto", () => service("moto"));

/**
 * What moto 5.2.5 does not do as AWS does (2026-11-21), and other tests read from the templates alone: it passes over alarms,
 * the signal that a route waits for, which route table a subnet has and what a table is called, whether a subnet gives out public addresses and whether
 * an instance checks destinations; it knows no IPv6 blocks of a network; and it deletes no network with its stack, so each is
 * made in a region where no other test looks.
 */
const regions = { "nat-instance": "ca-central-1", "nat-gateway": "sa-east-1" } as const;

describe.runIf(here).each(["nat-instance", "nat-gateway"] as const)("made by an emulator, with a %s", (egress) => {
  let made: Awaited<ReturnType<typeof makeNetwork>>;
  beforeAll(async () => {
    made = await makeNetwork({ egress }, regions[egress]);
  });

  test("[landing.compute.private] private subnets go out by it, and data subnets nowhere", async () => {
    const { Filters, ec2 } = made;
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    const out = RouteTables.map(({ Routes = [] }) => {
      const route = Routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
      return (route?.InstanceId ?? route?.NatGatewayId ?? route?.GatewayId ?? "nowhere").replace(/-.*/, "");
    });
    const by = egress === "nat-instance" ? "i" : "nat";
    const mainTable = "nowhere";
    expect(out.toSorted()).toEqual([by, by, "igw", "igw", "nowhere", "nowhere", mainTable].toSorted());
  });

  test("[landing.compute.gateway-endpoints] both endpoints are in every subnet's routes", async () => {
    const { Filters, ec2 } = made;
    const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }));
    expect(VpcEndpoints.map(({ ServiceName = "" }) => ServiceName.replace(/.*\./, "")).toSorted()).toEqual([
      "dynamodb",
      "s3",
    ]);
    for (const { RouteTableIds = [] } of VpcEndpoints) expect(RouteTableIds).toHaveLength(6);
  });
});

async function makeNetwork(network: SoloConfig["network"], region: string) {
  const { url } = await service("moto");
  const credentials = { accessKeyId: "AKIANETWORKNETWORK00", secretAccessKey: "network" };
  const client = { endpoint: url, region, credentials };
  const formation = new CloudFormationClient(client);
  const Name = "/cdk-bootstrap/hnb659fds/version";
  await new SSMClient(client).send(new PutParameterCommand({ Name, Value: "30", Type: "String", Overwrite: true }));
  const parts = partsOf({ name: "chat", topology: "solo", region, network, environments: { dev: {} } }, "dev");
  const StackName = "network-on-moto";
  await formation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(parts.json("Network")) }));
  const { Stacks: [stack] = [] } = await formation.send(new DescribeStacksCommand({ StackName }));
  expect(stack?.StackStatus).toBe("CREATE_COMPLETE");
  const vpcId = stack?.Outputs?.find(({ OutputKey }) => OutputKey === "VpcId")?.OutputValue ?? "";
  return { ec2: new EC2Client(client), Filters: [{ Name: "vpc-id", Values: [vpcId] }] };
}
