import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fullDiff } from "@aws-cdk/cloudformation-diff";
import type { AppConfig } from "@aloft/infra";
import { changesOf, confirmationOf } from "@aloft/infra/deploying/changes";
import { resolveApp } from "@aloft/infra/config/resolve";
import { type SynthesizedStack, synthesize, type Template } from "@aloft/infra/synthesize";
import { expect, test } from "vitest";

const account = "111122223333";
const basis = {
  name: "chat",
  account,
  repository: { owner: "acme", name: "chat" },
  environments: { dev: {} },
} as const;
const apps: readonly AppConfig[] = [
  { ...basis, topology: "solo" },
  { ...basis, topology: "relational", service: { image: { dockerfile: "Dockerfile" } } },
];

function stacksOf(config: AppConfig): readonly SynthesizedStack[] {
  const folder = mkdtempSync(join(tmpdir(), "aloft-widenings-"));
  try {
    return synthesize(resolveApp(config, "dev"), { folder }).stacks;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(apps)("[landing.deploy.changes.new] a first $topology deployment is told in few lines", (config) => {
  const found = stacksOf(config).map((stack) =>
    changesOf(stack, fullDiff({ Resources: {} }, stack.template), true, new Map(), account),
  );
  const { widens } = confirmationOf(found);
  expect(found.flatMap((stack) => stack.widens).length).toBeGreaterThan(40);
  expect(widens.length).toBeLessThanOrEqual(16);
  const text = widens.join("\n");
  expect(text).toContain("Data: KeysSealing, KeysSigning, new: used by the account's policies");
  expect(text).toMatch(/Compute: new roles, each with what it uses: ServerRole \(.*s3.*kms/);
  expect(text).toContain("DeployGitHub may sts:AssumeRoleWithWebIdentity on DeployRole");
  expect(text).not.toContain("sts:AssumeRole on");
});

const stack = (template: Template): SynthesizedStack => {
  return { part: "Data", name: "chat-dev-data", region: "us-east-1", template, bytes: 100, after: [] };
};
const key = (...principals: readonly object[]): Template => ({
  Resources: {
    Key96ED6A71: {
      Type: "AWS::KMS::Key",
      Properties: {
        KeyPolicy: {
          Statement: principals.map((Principal) => ({ Effect: "Allow", Action: "kms:*", Principal, Resource: "*" })),
        },
      },
    },
  },
});
const root = (id: string) => ({ AWS: `arn:aws:iam::${id}:root` });

test("[landing.deploy.changes.new] another account, everyone, and changes to what is there stay lines of their own", () => {
  const service = { Service: "logs.amazonaws.com" };
  const inShort = (before: Template, after: Template) =>
    changesOf(stack(after), fullDiff(before, after), false, new Map(), account).widensInShort;
  const none = { Resources: {} };
  expect(inShort(none, key(service))).toEqual(["Key, new: used by logs.amazonaws.com as their own policies say"]);
  expect(inShort(none, key(root("999988887777")))).toEqual([expect.stringContaining("999988887777:root may kms:*")]);
  expect(inShort(none, key({ AWS: "*" }))).toEqual([expect.stringContaining("* may kms:*")]);
  expect(inShort(key(), key(service))).toEqual([expect.stringContaining("logs.amazonaws.com may kms:*")]);
});
