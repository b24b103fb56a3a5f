import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { leftovers } from "@aloft/infra/deploying/leftovers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";

const here = await available("moto", () => service("moto"));

describe.runIf(here)("a bucket that is left", () => {
  beforeEach(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    vi.stubEnv("AWS_ENDPOINT_URL", (await service("moto")).url);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test.each([
    { name: "locked", locked: true },
    { name: "plain", locked: false },
  ])("[landing.deploy.leftover.bucket] every version of a $name one goes by the command", async ({ name, locked }) => {
    const client = new S3Client({ region: "us-east-1", forcePathStyle: true });
    const Bucket = `leftover-${name}-${Date.now()}`;
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locked }));
    try {
      const resource = { logicalId: "Bucket", physicalId: Bucket, type: "AWS::S3::Bucket", status: "CREATE_COMPLETE" };
      const [found] = await leftovers("us-east-1", [resource]);
      expect(found).toMatchObject({ id: Bucket, state: "kept" });
      expect(found?.command).not.toContain("s3 rb");
      expect(found?.command).toMatch(
        /list-object-versions .*\| aws s3api delete-objects .*delete-bucket --bucket leftover-/,
      );
      expect(found?.command.includes("--bypass-governance-retention")).toBe(locked);
      expect(found).not.toHaveProperty("locked");
    } finally {
      await client.send(new DeleteBucketCommand({ Bucket }));
    }
  });
});
