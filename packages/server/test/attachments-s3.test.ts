import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { createHash, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { startBackend } from "./support/backend.ts";

const region = "eu-central-1";
const here = await available("S3 (moto)", () => service("moto"));

describe.runIf(here)("a server whose files are on S3", () => {
  test("[attachments.send] [attachments.deleted-with] [attachments.ready] files go to the bucket, come back, and go with their conversation", async () => {
    const { url: endpoint } = await service("moto");
    const variables = { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    Object.assign(process.env, variables);
    const client = new S3Client({ region, endpoint, forcePathStyle: true });
    const Bucket = `aloft-${randomUUID()}`;
    const env = { STORAGE_TYPE: "s3", STORAGE_BUCKET: Bucket, STORAGE_REGION: region, STORAGE_PREFIX: "test/" };
    await using backend = await startBackend({ env });
    await expect.poll(() => backend.log()).toContain(`There is no bucket ${Bucket}.`);
    const ready = () => backend.nobody.get("/health/ready");
    expect((await ready()).body.checks.blobs).toBe("failed");
    expect(backend.log()).toContain(`There is no bucket ${Bucket}. Create it: aws s3 mb`);
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
    expect((await ready()).body.checks.blobs).toBe("ok");
    const keys = async () =>
      ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
    const { body: conversation } = await backend.owner.post("/api/v1/conversations", {});
    const path = `/api/v1/conversations/${conversation.id}`;
    const bytes = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(18_000_000, "0123456789")]);
    const upload = (body: Buffer) =>
      fetch(`${backend.url}${path}/attachments?name=a.pdf`, {
        method: "POST",
        headers: { ...backend.owner.headers, "content-type": "application/pdf" },
        body: new Uint8Array(body),
      });
    const { id } = (await (await upload(bytes)).json()) as { id: string };
    expect(await keys()).toEqual([`test/attachments/${conversation.id}/${id}`]);
    const download = (headers: Record<string, string> = {}) =>
      fetch(`${backend.url}${path}/attachments/${id}`, { headers: { ...backend.owner.headers, ...headers } });
    const answer = Buffer.from(await (await download()).arrayBuffer());
    const hash = (of: Buffer) => createHash("sha256").update(of).digest("hex");
    expect(hash(answer)).toBe(hash(bytes));
    const part = await download({ range: "bytes=9-18" });
    expect([part.status, await part.text()]).toEqual([206, "0123456789"]);
    expect((await upload(Buffer.concat([bytes, bytes]))).status).toBe(413);
    expect(await keys()).toHaveLength(1);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    await backend.owner.post(`${path}/messages`, { text: "", attachmentIds: [id] });
    expect((await backend.owner.request("DELETE", path)).status).toBe(204);
    expect(await keys()).toEqual([]);
  });
});
