import { productSecrets } from "@aloft/core/secrets/manifest";
import type { AppConfig } from "@aloft/infra";
import { expect, test } from "vitest";
import { synthesized } from "./support.ts";

const environments = { dev: {}, staging: {}, production: {} } as const;
const domain = {
  name: "chat.example.com",
  dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789" },
} as const;

const apps: Readonly<Record<string, AppConfig>> = {
  solo: { name: "chat", topology: "solo", environments },
  "solo-whole": {
    name: "chat",
    topology: "solo",
    region: "eu-central-1",
    domain,
    trail: true,
    detectors: true,
    encryption: "own",
    openTelemetry: true,
    repository: { owner: "example", name: "chat" },
    budget: { monthlyUsd: 100, emails: ["owner@example.com"] },
    alarms: { emails: ["owner@example.com"] },
    service: { deployment: "blue-green" },
    environments,
  },
  relational: { name: "shop", topology: "relational", service: { image: { dockerfile: "Dockerfile" } }, environments },
  "relational-aurora": {
    name: "shop",
    topology: "relational",
    service: { image: { dockerfile: "Dockerfile" } },
    database: { engine: "aurora-serverless-v2" },
    network: { egress: "nat-gateway", availabilityZones: 3 },
    environments,
  },
  library: { name: "site", topology: "library", secrets: productSecrets, environments },
};

const why = `An id of what is deployed is different, or gone. CloudFormation knows things by these ids alone: under another id a
thing is made anew and the old one deleted, with its data, its address or its name. Keep the id, or say in a migration note how
it moves. Only what is added on purpose is a reason for: npx vitest run --project aloft packages/infra/test/ids.test.ts -u`;

function idsOf(app: AppConfig): string {
  const lines = (Object.keys(environments) as (keyof typeof environments)[]).flatMap((environment) =>
    synthesized(app, environment).stacks.flatMap(({ part, template }) =>
      Object.entries(template.Resources).map(([id, { Type }]) => `${environment}  ${part}  ${id}  ${Type}`),
    ),
  );
  return `${lines.toSorted().join("\n")}\n`;
}

test.each(Object.keys(apps))("[landing.compute.ids] %s keeps the ids of what is deployed", async (name) => {
  const app = apps[name];
  if (app === undefined) throw new Error(`There is no app ${name}.`);
  await expect(idsOf(app), why).toMatchFileSnapshot(`ids/${name}.txt`);
});

test("[landing.compute.ids] an id does not follow from the image, the region or the account", () => {
  const base = { name: "chat", topology: "solo", environments } as const;
  const elsewhere = { ...base, region: "us-west-2", account: "123456789012" } as const;
  const withoutGuard = (text: string) => text.replace(/^.*(Guard|CrossRegion|ExportsReader|pl[0-9a-f]{8}).*\n/gm, "");
  expect(withoutGuard(idsOf(elsewhere))).toBe(withoutGuard(idsOf(base)));
});
