import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import { synthesize, type Template } from "@aloft/infra/synthesize";
import { describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import chat from "../../../examples/chat-on-fargate/aloft.config.ts";
import rds from "../../../examples/python-on-rds/aloft.config.ts";
import { type Lack, saidToEach } from "./lacking.ts";
import { ministackLacks } from "./ministack-lacks.ts";
import { motoLacks } from "./moto-lacks.ts";

const repository = { owner: "acme", name: "chat" };
const withNatGateway = { network: { egress: "nat-gateway" } } as const;
const templates = [
  ...templatesOf({ ...chat, repository, trail: true, detectors: true }, "production"),
  ...templatesOf({ ...rds, ...withNatGateway }, "dev"),
];

describe.each([
  ["ministack", ministackLacks],
  ["moto", motoLacks],
] as const)("what %s cannot make", async (name, lacks: readonly Lack[]) => {
  const here = await available(name, () => service(name));

  test.runIf(here)("[landing.rehearsal.lacks] it still cannot: what it has learned goes from the list", async () => {
    const { url: endpoint } = await service(name);
    const credentials = { accessKeyId: "404040404040", secretAccessKey: "test" };
    const client = new CloudFormationClient({ endpoint, region: "ap-northeast-1", credentials, maxAttempts: 1 });
    const said = await saidToEach(client, lacks, templates);
    expect(named(lacks, said)).toEqual(
      named(
        lacks,
        lacks.map(({ says }) => expect.stringContaining(says) as string),
      ),
    );
    client.destroy();
  });
});

function named(lacks: readonly Lack[], said: readonly string[]): readonly (readonly [string, string | undefined])[] {
  return lacks.map(({ type, property, attribute }, index) => {
    return [[type, property ?? attribute].filter((part) => part !== undefined).join("."), said[index]];
  });
}

function templatesOf(config: AppConfig, environment: EnvironmentName): readonly Template[] {
  const folder = mkdtempSync(join(tmpdir(), "aloft-lacks-"));
  try {
    return synthesize(resolveApp(config, environment), { folder }).stacks.map(({ template }) => template);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
