import type { AppConfig } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import { defineSecrets } from "@aloft/core/secrets/define-secrets";
import { describe, expect, test } from "vitest";
import { synthesized } from "../../infra/test/support.ts";
import { runbookText } from "../src/landing/init/runbook.ts";
import type { ManifestFile } from "../src/landing/init/surroundings.ts";
import { assertCommandExists, commandLines } from "./support/command-lines.ts";

const secrets = defineSecrets({ app: { name: "chat/{env}/app", fills: ["SESSION_SECRET"] } });
const repository = { owner: "acme", name: "chat" };
const shared = { name: "chat", region: "eu-west-1", repository, environments: { dev: {}, production: {} } } as const;

const configs: readonly { readonly what: string; readonly config: AppConfig; readonly manifest?: ManifestFile }[] = [
  { what: "solo", config: { ...shared, topology: "solo" } },
  {
    what: "relational",
    config: {
      ...shared,
      topology: "relational",
      service: { image: { dockerfile: "Dockerfile" } },
      secrets,
      migrate: ["aloft", "exec", "--migrate", "--", "true"],
    },
    manifest: "secrets.manifest.json",
  },
  {
    what: "relational on Aurora, without a NAT instance",
    config: {
      ...shared,
      topology: "relational",
      network: { egress: "nat-gateway" },
      database: { engine: "aurora-serverless-v2" },
    },
  },
  { what: "library", config: { ...shared, topology: "library", secrets }, manifest: "secrets.manifest.ts" },
];

function runbook(config: AppConfig, manifest: ManifestFile | undefined): string {
  const apps = [resolveApp(config, "dev"), resolveApp(config, "production")] as const;
  return runbookText({ apps, manifest });
}

describe.each(configs)("the runbook of $what", ({ config, manifest }) => {
  const text = runbook(config, manifest);

  test("[landing.init.runbook] every aloft command in it exists, with the options it gives", async () => {
    const lines = commandLines(text);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) await assertCommandExists(line);
  });

  test("[landing.init.runbook] it says how to deploy, rotate, destroy and what to do by symptom", () => {
    for (const words of ["aloft deploy", "aloft plan", "secrets rotate", "aloft destroy", "## By symptom"]) {
      expect(text).toContain(words);
    }
    expect(text).not.toMatch(/undefined|\[object/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(400);
  });
});

const computing = configs.filter(({ config }) => config.topology !== "library");

describe.each(computing)("the runbook of $what", ({ config, manifest }) => {
  const text = runbook(config, manifest);

  test("[landing.init.runbook] and how to look, roll back and restore", () => {
    for (const words of [
      "aloft rollback",
      "aloft redeploy",
      "aloft logs",
      "aloft status",
      "## Restore",
      "point-in-time",
    ]) {
      expect(text).toContain(words);
    }
  });

  test("[landing.init.runbook] what it names is what the stacks make", () => {
    const { stacks } = synthesized(config, "production");
    const part = (name: string) => stacks.find((stack) => stack.part === name);
    const data = Object.values(part("Data")?.template.Resources ?? {});
    if (config.topology === "solo") {
      const names = data
        .filter(({ Type }) => Type.startsWith("AWS::DynamoDB::"))
        .map((one) => one.Properties?.["TableName"]);
      const [, prefix = "?"] = /--store dynamodb:eu-west-1\/(\S+)/.exec(text) ?? [];
      expect(names.length).toBeGreaterThan(5);
      for (const name of names) expect(name).toMatch(new RegExp(`^${prefix}`));
      return;
    }
    const kind = text.includes("describe-db-instances") ? "DBInstance" : "DBCluster";
    const database = data.find(({ Type }) => Type === `AWS::RDS::${kind}`);
    expect(database?.Properties?.[`${kind}Identifier`]).toBe("chat-production");
    if (!text.includes("start-session")) return;
    // The way that it describes is open: an output names the machine, and the database lets it in.
    expect(part("Network")?.name).toBe("chat-production-network");
    expect(Object.keys(part("Network")?.template.Outputs ?? {})).toContain("NatInstanceId");
    const sources = stacks
      .flatMap(({ template }) => Object.values(template.Resources))
      .filter(({ Type }) => Type === "AWS::EC2::SecurityGroupIngress")
      .map(({ Properties }) => JSON.stringify(Properties?.["SourceSecurityGroupId"] ?? ""));
    expect(sources.some((source) => source.includes("Nat"))).toBe(true);
  });
});
