import { App, Stack } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { expect, test } from "vitest";
import { acknowledge, acknowledgeWildcards } from "./acknowledge.ts";
import type { Draft } from "./finding.ts";
import { answer, inspect, unusedReasons } from "./inspection.ts";

function bucketIn(build: (bucket: Bucket, around: Construct) => void) {
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Data");
  const around = new Construct(stack, "Files");
  const bucket = new Bucket(around, "Bucket");
  build(bucket, around);
  app.synth();
  return { inspection: inspect(app), logicalId: stack.getLogicalId(bucket.node.defaultChild as never), stack };
}

const about = (rule: string): Draft => ({
  tool: "cdk-nag",
  rule,
  level: "error",
  message: "It is not logged.",
  path: "Data/Files/Bucket/Resource",
});

test("[landing.check.closest] the reason that was said closest to the resource answers", () => {
  const { inspection, logicalId } = bucketIn((bucket, around) => {
    acknowledge(around, { "AwsSolutions-S1": "Nobody reads what is in these files." });
    acknowledge(bucket, { "AwsSolutions-S1": "It holds nothing but the logs of others." });
  });
  expect(answer([about("AwsSolutions-S1"), about("AwsSolutions-S10")], inspection)).toEqual([
    {
      tool: "cdk-nag",
      rule: "AwsSolutions-S1",
      stack: "Data",
      logicalId,
      path: "Data/Files/Bucket/Resource",
      level: "error",
      message: "It is not logged.",
      reason: "It holds nothing but the logs of others.",
    },
    expect.not.objectContaining({ reason: expect.anything() }),
  ]);
});

test("[landing.check.closest] a finding by template and logical id is placed as one by path is, and told once", () => {
  const { inspection, logicalId } = bucketIn((bucket) =>
    acknowledge(bucket, { "CT.S3.PR.2": "Nobody reads what is in these files." }),
  );
  const byId: Draft = { tool: "cfn-guard", rule: "CT.S3.PR.2", level: "error", message: "", stack: "Data", logicalId };
  const findings = answer([byId, byId], inspection);
  expect(findings.map(({ path, reason }) => [path, reason])).toEqual([
    ["Data/Files/Bucket/Resource", "Nobody reads what is in these files."],
  ]);
});

test("[landing.check.reasons] a reason without its finding is told of, also if a closer one took its place", () => {
  const { inspection } = bucketIn((bucket, around) => {
    acknowledge(around, { "AwsSolutions-S1": "Nobody reads what is in these files." });
    acknowledge(bucket, {
      "AwsSolutions-S1": "It holds nothing but the logs of others.",
      "AwsSolutions-S2": "It was open to the public once.",
    });
  });
  const findings = answer([about("AwsSolutions-S1")], inspection);
  expect(unusedReasons(inspection.reasons, findings).map(({ path, rule }) => `${rule} ${path}`)).toEqual([
    "AwsSolutions-S1 Data/Files",
    "AwsSolutions-S2 Data/Files/Bucket",
  ]);
});

test("[landing.check.beside] a reason for a whole stack, or one that says nothing, is refused", () => {
  const app = new App();
  const stack = new Stack(app, "Data");
  const reason = { "AwsSolutions-S1": "Nobody reads what is in these files." };
  expect(() => acknowledge(stack, reason)).toThrow("Data is a whole stack: say the reason beside the resource.");
  expect(() => acknowledge(app, reason)).toThrow("is a whole stack");
  const bucket = new Bucket(stack, "Bucket");
  expect(() => acknowledge(bucket, { "AwsSolutions-S1": "accepted" })).toThrow(
    "The reason for AwsSolutions-S1 at Data/Bucket says too little.",
  );
});

test("[landing.check.beside] wildcards are answered one by one, as cdk-nag writes what is not known yet", () => {
  const { inspection } = bucketIn((bucket) => {
    const why = "Objects are made anew again and again.";
    acknowledgeWildcards(
      bucket,
      [`${bucket.bucketArn}/*`, "arn:aws:s3:::one", `arn:${Stack.of(bucket).partition}:x:*`],
      why,
    );
  });
  expect(inspection.reasons.map(({ rule }) => rule)).toEqual([
    expect.stringMatching(/^AwsSolutions-IAM5\[Resource::<FilesBucket\w+\.Arn>\/\*\]$/),
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:x:*]",
  ]);
});
