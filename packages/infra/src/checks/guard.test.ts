import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, expect, test } from "vitest";
import { guardDrafts } from "./guard.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-guard-"));
afterAll(() => rmSync(folder, { recursive: true }));

function template(part: string, resources: object): string {
  const path = join(folder, `${part}.template.json`);
  writeFileSync(path, JSON.stringify({ Resources: resources }));
  return path;
}

test("[landing.check.finds] cfn-guard finds a log group that anybody at AWS can read, by Control Tower's name of the rule", () => {
  const path = template("Compute", { Lines: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 365 } } });
  expect(guardDrafts(new App(), [path])).toEqual([
    {
      tool: "cfn-guard",
      rule: "CT.CLOUDWATCH.PR.3",
      level: "error",
      message: "Require an Amazon CloudWatch log group to be encrypted at rest with an AWS KMS key",
      stack: "Compute",
      logicalId: "Lines",
    },
  ]);
});

test("[landing.check.finds] types that no rule is about have none", () => {
  const path = template("Data", { Wait: { Type: "AWS::CloudFormation::WaitConditionHandle" } });
  expect(guardDrafts(new App(), [path])).toEqual([]);
});

test("[landing.check.platform] where cfn-guard does not run a warning says so", () => {
  expect(guardDrafts(new App(), [], "win32")).toEqual([
    expect.objectContaining({ level: "warning", message: expect.stringContaining("cfn-guard does not run on win32") }),
  ]);
});
