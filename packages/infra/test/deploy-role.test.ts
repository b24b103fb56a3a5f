import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { synthesized } from "./support.ts";

const source = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

/** What CDK does with its own roles, what anybody may, and what builders of images do by Docker's protocol. */
const notByUs = /^(sts:AssumeRole|iam:PassRole|ecr:(?!DescribeImages|GetAuthorizationToken).*)$/;
const services: Readonly<Record<string, string>> = {
  "cloudwatch-logs": "logs",
  "cost-explorer": "ce",
  "route-53": "route53",
  "secrets-manager": "secretsmanager",
  "service-quotas": "servicequotas",
};

/** Actions by the commands of the SDK that are sent in what a file imports, itself included. */
function actionsFrom(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const actions = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8");
    const imports = text.matchAll(/^import (?!type )(?:\{([^}]*)\} )?.*?from "([^"]+)";/gms);
    for (const [, names = "", from = ""] of imports) {
      if (from.startsWith(".")) visit(join(dirname(file), from));
      const [, client] = /^@aws-sdk\/client-(.+)$/.exec(from) ?? [];
      if (client === undefined) continue;
      for (const [, command = ""] of names.matchAll(/(\w+)Command\b/g)) {
        actions.add(`${services[client] ?? client}:${command}`);
      }
    }
  };
  visit(join(source, entry));
  return actions;
}

test("[landing.deploy-role.least] the role may what aloft deploy calls, no more and no less", () => {
  const asked = actionsFrom("deploying/deploy.ts");
  expect(asked.size).toBeGreaterThan(10);
  const config = {
    name: "demo",
    repository: { owner: "octo-org", name: "demo" },
    models: { provider: "bedrock" },
    environments: { dev: {} },
  } as const;
  const route53 = { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789" } as const;
  const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  const domains = [route53, { provider: "external", certificateArn }] as const;
  const granted = domains.flatMap((dns) => {
    const domain = { name: "chat.example.com", dns };
    const { permissions } = synthesized({ ...config, topology: "solo", domain }, "dev");
    return (permissions["deploy"] ?? []).flatMap(({ actions }) => actions);
  });
  asked.forEach((action) => expect([...granted, "sts:GetCallerIdentity"], action).toContain(action));
  expect([...new Set(granted)].filter((action) => !asked.has(action) && !notByUs.test(action))).toEqual([]);
});
