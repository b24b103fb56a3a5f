import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { productSecrets } from "@aloft/core/secrets/manifest";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { afterAll, expect, test } from "vitest";
import { resolveApp } from "../config/resolve.ts";
import type { AppStacks } from "../config/schema.ts";
import { acknowledge } from "./acknowledge.ts";
import { check } from "./check.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

function checked(extend: (stack: NonNullable<AppStacks["Data"]>) => void) {
  const config = { name: "demo", topology: "library", secrets: productSecrets, environments: { dev: {} } };
  const extended = {
    ...config,
    extend: ({ Data }: AppStacks) => {
      if (Data === undefined) throw new Error("every topology has data");
      extend(Data);
    },
  };
  const { findings } = check(resolveApp(extended, "dev"), { folder });
  return findings.filter(({ path }) => /Data\/(Open|Endless)/.test(path));
}

test("[landing.check.finds] what a user adds is held against every tool's rules, each by its own name", () => {
  const findings = checked((data) => {
    void new CfnBucket(data, "Open");
    void new CfnLogGroup(data, "Endless");
  });
  const rules = (tool: string) => findings.filter((finding) => finding.tool === tool).map(({ rule }) => rule);
  expect(rules("cdk-nag")).toEqual(expect.arrayContaining(["AwsSolutions-S1", "AwsSolutions-S10"]));
  expect(rules("cfn-guard")).toEqual(expect.arrayContaining(["CT.S3.PR.1", "CT.CLOUDWATCH.PR.3"]));
  expect(rules("aloft")).toEqual(["aloft-log-retention"]);
  expect(findings.filter(({ reason }) => reason !== undefined)).toEqual([]);
  expect(process.exitCode).toBeUndefined();
});

test("[landing.check.finds] what a user accepts keeps its finding, with the reason", () => {
  const reason = "Who looks after it removes lines by hand.";
  const findings = checked((data) => acknowledge(new CfnLogGroup(data, "Endless"), { "aloft-log-retention": reason }));
  expect(findings.find(({ rule }) => rule === "aloft-log-retention")).toMatchObject({
    tool: "aloft",
    stack: "Data",
    logicalId: "Endless",
    level: "error",
    reason,
  });
});
