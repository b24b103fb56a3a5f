import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RelationalConfig, SoloConfig } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize } from "@aloft/infra/synthesize";
import { expect, test } from "vitest";
import { type Parts, partsOf } from "./templates.ts";

const solo = { name: "chat", topology: "solo", environments: { dev: {} } } as const satisfies SoloConfig;
const relational = {
  name: "shop",
  topology: "relational",
  environments: { dev: {} },
} as const satisfies RelationalConfig;
const domain = {
  name: "chat.example.com",
  dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789" },
} as const;

function the(parts: Parts, type: string) {
  const [found, ...more] = Object.entries(parts.json("Compute").Resources).filter(([, { Type }]) => Type === type);
  if (found === undefined || more.length > 0) throw new Error(`There is not one ${type}.`);
  return { id: found[0], ...found[1] };
}

const exportsOf = (parts: Parts, part: "Network" | "Data") =>
  Object.values(parts.json(part).Outputs ?? {}).flatMap(({ Export }) => (Export === undefined ? [] : [Export]));

test("[landing.compute.later-domain] a domain brings a VPC origin of its own: none in use is changed", () => {
  const before = the(partsOf(solo, "dev"), "AWS::CloudFront::VpcOrigin");
  const after = the(partsOf({ ...solo, domain }, "dev"), "AWS::CloudFront::VpcOrigin");
  expect(after.id).not.toBe(before.id);
  expect(before.Properties).toMatchObject({ VpcOriginEndpointConfig: { Name: "chat-dev" } });
  expect(after.Properties).toMatchObject({ VpcOriginEndpointConfig: { Name: "chat-dev-tls" } });
});

test("[landing.compute.later-tags] other tags leave the VPC origin and its stack's tags as they are", () => {
  const parts = (tags: Record<string, string>) => partsOf({ ...solo, tags }, "dev");
  const [before, after] = [parts({ team: "a" }), parts({ team: "b" })];
  expect(the(after, "AWS::CloudFront::VpcOrigin")).toEqual(the(before, "AWS::CloudFront::VpcOrigin"));
  expect(JSON.stringify(the(after, "AWS::CloudFront::Distribution").Properties?.["Tags"])).toContain('"b"');
  const folder = mkdtempSync(join(tmpdir(), "aloft-tags-"));
  try {
    synthesize(resolveApp({ ...solo, tags: { team: "a" } }, "dev"), { folder });
    const stackTags = JSON.stringify(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
    expect(stackTags).toContain('"aloft:app":"chat"');
    expect(stackTags).not.toContain('"team"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("[landing.compute.later-port] another port leaves the target group, which monitoring names, as it is", () => {
  const type = "AWS::ElasticLoadBalancingV2::TargetGroup";
  const before = the(partsOf(solo, "dev"), type);
  const parts = partsOf({ ...solo, service: { port: 8080 } }, "dev");
  expect(the(parts, type)).toEqual(before);
  expect(the(parts, "AWS::ECS::Service").Properties).toMatchObject({ LoadBalancers: [{ ContainerPort: 8080 }] });
});

test("[landing.compute.later-sign-in] what another stack imports of the database is exported by either sign-in", () => {
  const by = (signIn: "iam" | "secret") =>
    exportsOf(partsOf({ ...relational, database: { engine: "rds", signIn } }, "dev"), "Data");
  expect(by("secret")).toEqual(expect.arrayContaining(by("iam")));
});
