import type { Item, Pricers } from "../item.ts";
import type { Placed, Topology } from "../topology.ts";
import { hoursPerMonth, type Usage } from "../usage.ts";
import { outwards } from "./compute.ts";

const always = (count: number) => (): number => count * hoursPerMonth;

function natGateway(resource: Placed, app: Topology): readonly Item[] {
  const gateways = app.ofType("AWS::EC2::NatGateway");
  const share = 1 / gateways.length;
  const [out, zones] = outwards;
  return [
    { what: "NAT gateway", price: "nat.hour", quantity: always(1) },
    {
      what: "Data through the NAT gateway",
      price: "nat.data",
      quantity: ({ outGb, inGb }) => (outGb + inGb) * share,
    },
    ...(resource === gateways[0] && out !== undefined ? [out] : []),
    ...(gateways.length === 1 && zones !== undefined ? [zones] : []),
  ];
}

function endpoint(resource: Placed, app: Topology): readonly Item[] | string | undefined {
  const type = app.value(resource, "VpcEndpointType") ?? "Gateway";
  if (type === "Gateway") return "Gateway endpoints, to S3 and DynamoDB, cost nothing.";
  if (type !== "Interface") return undefined;
  const zones = app.list(resource, "SubnetIds").length;
  return [
    { what: `Interface endpoint in ${zones} zones`, price: "endpoint.hour", quantity: always(zones) },
    {
      what: "Data through interface endpoints",
      price: "endpoint.data",
      quantity: ({ logGb }) => logGb,
      note: "Assumed: as much as the program's log.",
    },
  ];
}

function loadBalancer(resource: Placed, app: Topology): readonly Item[] | undefined {
  if ((app.value(resource, "Type") ?? "application") !== "application") return undefined;
  const outside =
    app.value(resource, "Scheme") !== "internal" &&
    app.value(resource, "IpAddressType") !== "dualstack-without-public-ipv4";
  const zones = app.list(resource, "Subnets").length || app.list(resource, "SubnetMappings").length;
  return [
    { what: "Application load balancer", price: "alb.hour", quantity: always(1) },
    { what: "Capacity units of the load balancer (LCU)", price: "alb.lcu", quantity: capacityUnitHours },
    ...(outside
      ? [{ what: "Public IPv4 addresses of the load balancer", price: "ipv4.hour", quantity: always(zones) } as const]
      : []),
  ];
}

/** A unit is 25 new connections a second, 3,000 open ones or 1 GB an hour, whichever is most. */
function capacityUnitHours({ requestsPerBusySecond, busyHours, answersGb, listening }: Usage): number {
  return busyHours * Math.max(requestsPerBusySecond / 25, listening / 3000, answersGb / busyHours);
}

function distribution(resource: Placed, app: Topology): readonly Item[] {
  const functions = JSON.stringify(app.value(resource, "DistributionConfig") ?? {}).includes("FunctionAssociations");
  return [
    { what: "Requests to CloudFront (HTTPS)", price: "cloudfront.request", quantity: ({ requests }) => requests },
    { what: "Data from CloudFront to visitors", price: "cloudfront.data", quantity: ({ answersGb }) => answersGb },
    ...(functions
      ? [
          {
            what: "Calls of CloudFront's function",
            price: "cloudfront.function",
            quantity: ({ requests }: Usage) => requests,
          } as const,
        ]
      : []),
  ];
}

function firewall(resource: Placed, app: Topology): readonly Item[] {
  const rules = app.list(resource, "Rules").length;
  return [
    { what: "Firewall", price: "waf.acl", quantity: () => 1 },
    { what: "Rules of the firewall, AWS's groups of rules among them", price: "waf.rule", quantity: () => rules },
    { what: "Requests that the firewall looks at", price: "waf.request", quantity: ({ requests }) => requests },
  ];
}

export const networkPricers: Pricers = {
  "AWS::EC2::NatGateway": natGateway,
  "AWS::EC2::EIP": () => [{ what: "Public IPv4 address", price: "ipv4.hour", quantity: always(1) }],
  "AWS::EC2::EgressOnlyInternetGateway": () => outwards.slice(0, 1),
  "AWS::EC2::VPCEndpoint": endpoint,
  "AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancer,
  "AWS::CloudFront::Distribution": distribution,
  "AWS::WAFv2::WebACL": firewall,
  "AWS::Route53::HostedZone": () => [{ what: "DNS zone", price: "route53.zone", quantity: () => 1 }],
  "AWS::Route53::HealthCheck": () => [{ what: "Health check", price: "route53.health-check", quantity: () => 1 }],
};
