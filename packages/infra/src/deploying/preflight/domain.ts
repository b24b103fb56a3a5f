import { resolveNs } from "node:dns/promises";
import { ACMClient, DescribeCertificateCommand } from "@aws-sdk/client-acm";
import { GetHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import type { ResolvedApp } from "../../config/resolve.ts";
import { ifThere } from "../aws-fault.ts";
import { failed, ok, type PreflightFinding, warning } from "./finding.ts";

export type NameServersOf = (zone: string) => Promise<readonly string[]>;

/** The domain's zone is there and is the one that the world asks; a certificate of one's own is issued, and where CloudFront looks. */
export async function domainStands(
  app: ResolvedApp,
  nameServersOf: NameServersOf = resolveNs,
): Promise<readonly PreflightFinding[]> {
  if (app.topology === "library" || app.domain === undefined) return [];
  const { dns, name } = app.domain;
  if (dns.provider === "external") return [await certificateStands(name, dns.certificateArn)];
  const { hostedZoneId, zoneName } = dns;
  const client = new Route53Client({ region: app.region });
  const zone = await ifThere(`looking for the hosted zone ${hostedZoneId}`, () =>
    client.send(new GetHostedZoneCommand({ Id: hostedZoneId })),
  );
  if (zone?.HostedZone === undefined) {
    const mend =
      "aws route53 list-hosted-zones shows those that there are. Set domain.dns.hostedZoneId in aloft.config.ts.";
    return [failed("domain", `There is no hosted zone ${hostedZoneId} in this account.`, mend)];
  }
  const found = withoutDot(zone.HostedZone.Name ?? "");
  if (found !== zoneName) {
    const text = `The hosted zone ${hostedZoneId} is of ${found}, and not of ${zoneName}.`;
    return [failed("domain", text, "Correct domain.dns in aloft.config.ts.")];
  }
  return [await isAuthoritative(zoneName, zone.DelegationSet?.NameServers ?? [], nameServersOf)];
}

async function isAuthoritative(
  zone: string,
  own: readonly string[],
  nameServersOf: NameServersOf,
): Promise<PreflightFinding> {
  let asked: readonly string[];
  try {
    asked = await nameServersOf(zone);
  } catch {
    const text = `The name servers of ${zone} could not be looked up here, so nobody knows whether its hosted zone counts.`;
    return warning("domain", text, `Compare: dig NS ${zone}, with: ${own.join(", ")}`);
  }
  const known = new Set(own.map(withoutDot));
  if (asked.some((server) => known.has(withoutDot(server))))
    return ok("domain", `${zone} is answered by its hosted zone.`);
  const text =
    `The world asks ${asked.join(", ") || "nobody"} about ${zone}, and not this hosted zone: its certificate would never be issued, ` +
    `and the deployment would wait for it for hours.`;
  return failed("domain", text, `Enter these name servers where ${zone} is registered: ${own.join(", ")}`);
}

async function certificateStands(domain: string, arn: string): Promise<PreflightFinding> {
  const region = arn.split(":")[3] ?? "";
  if (region !== "us-east-1") {
    const text = `The certificate is in ${region}, and CloudFront takes only those of us-east-1.`;
    return failed(
      "certificate",
      text,
      `aws acm request-certificate --domain-name ${domain} --validation-method DNS --region us-east-1`,
    );
  }
  const client = new ACMClient({ region });
  const found = await ifThere(`looking for the certificate of ${domain}`, () =>
    client.send(new DescribeCertificateCommand({ CertificateArn: arn })),
  );
  const certificate = found?.Certificate;
  if (certificate === undefined) {
    return failed(
      "certificate",
      `There is no certificate ${arn} in this account.`,
      "Set domain.dns.certificateArn in aloft.config.ts.",
    );
  }
  if (certificate.Status !== "ISSUED") {
    const text = `The certificate of ${domain} is ${certificate.Status ?? "unknown"}, and not issued.`;
    return failed(
      "certificate",
      text,
      "Make the records that ACM asks for: aws acm describe-certificate --region us-east-1 --certificate-arn " + arn,
    );
  }
  const names = [certificate.DomainName ?? "", ...(certificate.SubjectAlternativeNames ?? [])];
  if (names.some((name) => covers(name, domain))) return ok("certificate", `It is issued for ${domain}.`);
  const text = `The certificate is for ${[...new Set(names)].join(", ")}, and not for ${domain}.`;
  return failed("certificate", text, "Ask for one that has the name, and set domain.dns.certificateArn.");
}

function covers(certified: string, name: string): boolean {
  if (certified === name) return true;
  return certified.startsWith("*.") && name.slice(name.indexOf(".") + 1) === certified.slice(2);
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
