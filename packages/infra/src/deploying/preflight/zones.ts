import { type AvailabilityZone, DescribeAvailabilityZonesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { ResolvedApp, ResolvedCompute } from "../../config/resolve.ts";
import { failed, ok, type PreflightFinding, warning } from "./finding.ts";

/**
 * Where CloudFront reaches no private load balancer, by the ids that mean the same zone in every account. In most of them there is
 * no Graviton either, which the tasks run on. As of November 2026.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html#vpc-origins-supported-regions
 */
const unreached: ReadonlySet<string> = new Set(["use1-az3", "usw1-az2", "apne1-az3", "apne2-az1", "cac1-az3"]);

/**
 * Whether CloudFront reaches into the zones of a network that is to be made. Which zone a name means differs by account, so this is
 * not known before credentials are.
 */
export async function zonesReached(app: ResolvedApp, isNew: boolean): Promise<readonly PreflightFinding[]> {
  if (app.topology === "library" || !isNew) return [];
  const filter = { Name: "zone-type", Values: ["availability-zone"] };
  try {
    const client = new EC2Client({ region: app.region, maxAttempts: 1 });
    const { AvailabilityZones = [] } = await client.send(new DescribeAvailabilityZonesCommand({ Filters: [filter] }));
    return [zoneFinding(app, AvailabilityZones)];
  } catch {
    const mend = `See which they are: aws ec2 describe-availability-zones --region ${app.region}`;
    return [warning("zones", `AWS did not say which zones ${app.region} has.`, mend)];
  }
}

/** @param zones of the region, as EC2 describes them. */
export function zoneFinding(
  { network }: Pick<ResolvedCompute, "network">,
  zones: readonly Pick<AvailabilityZone, "ZoneName" | "ZoneId" | "State">[],
): PreflightFinding {
  const ids = new Map(
    zones.filter(({ State }) => State === "available").map(({ ZoneName = "", ZoneId = "" }) => [ZoneName, ZoneId]),
  );
  const names = [...ids.keys()].toSorted();
  const count = network.availabilityZones;
  const chosen = network.zones ?? names.slice(0, count);
  const good = names.filter((name) => !unreached.has(ids.get(name) ?? ""));
  const example = good.slice(0, chosen.length || count).map((name) => `"${name}"`);
  const mend = `Name others: network: { zones: [${example.join(", ")}] }`;
  const missing = chosen.filter((name) => !ids.has(name));
  if (missing.length > 0) return failed("zones", `There is no zone ${missing.join(" and ")} for this account.`, mend);
  if (chosen.length < count && network.zones === undefined) {
    return failed("zones", `The region has ${chosen.length} zones, and ${count} are wanted.`, "Choose another region.");
  }
  const bad = chosen.filter((name) => unreached.has(ids.get(name) ?? ""));
  if (bad.length === 0) return ok("zones", `CloudFront reaches into ${chosen.join(", ")}.`);
  return failed("zones", `In this account ${bad.join(" and ")} is a zone that CloudFront does not reach into.`, mend);
}
