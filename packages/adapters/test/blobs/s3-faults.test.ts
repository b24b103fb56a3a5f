import { AloftError, ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { Blobs } from "@aloft/core/ports/blobs";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { openBlobs } from "../../src/blobs/index.ts";
import { faultyS3, refusal, type S3Handler } from "./faulty-s3.ts";
import { region } from "./s3-fixture.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const stallMs = 300;

async function* parts(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(8 * 1024 * 1024);
}

async function failure(work: Promise<unknown>): Promise<AloftError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AloftError);
  return error as AloftError;
}

async function faulty(handle: S3Handler) {
  const server = await faultyS3(handle);
  const config = { type: "s3", bucket: "acme-files", region, endpoint: server.url, kmsKeyId: "alias/acme" } as const;
  const blobs = await openBlobs(config, { stallMs });
  return {
    blobs,
    server,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const kmsKey = "arn:aws:kms:eu-central-1:1:key/k";
const faults: readonly [string, S3Handler, string, RegExp][] = [
  [
    "wrong region",
    refusal(301, "PermanentRedirect", "Use the specified endpoint.", { "x-amz-bucket-region": "us-west-2" }),
    "blobs_wrong_region",
    /acme-files is in us-west-2, not in eu-central-1.*STORAGE_REGION to us-west-2/,
  ],
  [
    "wrong region, by the signature",
    refusal(400, "AuthorizationHeaderMalformed", "the region 'eu-central-1' is wrong", {
      "x-amz-bucket-region": "us-east-2",
    }),
    "blobs_wrong_region",
    /STORAGE_REGION to us-east-2/,
  ],
  [
    "unknown key id of the credentials",
    refusal(403, "InvalidAccessKeyId", "does not exist in our records"),
    "blobs_credentials_refused",
    /InvalidAccessKeyId.*AWS_ACCESS_KEY_ID/,
  ],
  ["wrong secret", refusal(403, "SignatureDoesNotMatch"), "blobs_credentials_refused", /AWS_SECRET_ACCESS_KEY/],
  [
    "ended session",
    refusal(400, "ExpiredToken", "The token has expired"),
    "blobs_credentials_refused",
    /sign in again/,
  ],
  ["clock", refusal(403, "RequestTimeTooSkewed", "too large"), "blobs_clock_skewed", /clock is off.*timedatectl/],
  [
    "KMS key that is not there",
    refusal(400, "KMS.NotFoundException", "Invalid keyId"),
    "blobs_key_unusable",
    /no KMS key alias\/acme.*STORAGE_KMS_KEY_ID/,
  ],
  [
    "KMS key that is disabled",
    refusal(400, "KMS.DisabledException", `${kmsKey} is disabled.`),
    "blobs_key_unusable",
    /alias\/acme cannot be used now.*aws kms enable-key/,
  ],
  [
    "KMS denied",
    refusal(403, "AccessDenied", `User: x is not authorized to perform: kms:GenerateDataKey on resource: ${kmsKey}`),
    "blobs_access_denied",
    /KMS key alias\/acme may not be used.*kms:GenerateDataKey and kms:Decrypt/,
  ],
];

test("[blobs.s3.errors] each fault of the set-up names the thing, the likely cause and what to do", async () => {
  for (const [what, handle, code, message] of faults) {
    await using fixture = await faulty(handle);
    const { blobs } = fixture;
    const asked = [
      () => blobs.put("a", bytes("x")),
      () => blobs.get("a"),
      () => blobs.head("a"),
      () => blobs.list(""),
      () => blobs.check(),
    ];
    for (const ask of asked) {
      const error = await failure(ask());
      expect(error, what).toMatchObject({ code, retryable: false });
      expect(error.message).toMatch(message);
      expect(error.message).not.toMatch(/undefined|\[object/);
    }
  }
});

test("[blobs.s3.kms] an upload in many parts asks for the key and the bucket key when it begins", async () => {
  const begun: unknown[] = [];
  await using fixture = await faulty((request, response) => {
    if (request.method === "POST") begun.push(request.headers);
    refusal(500, "InternalError")(request, response);
  });
  await expect(fixture.blobs.put("a", parts(2))).rejects.toThrow(UnavailableError);
  expect(begun[0]).toMatchObject({
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "alias/acme",
    "x-amz-server-side-encryption-bucket-key-enabled": "true",
  });
});

test("[blobs.s3.denied] a denied access names the permission that is missing, and on what", async () => {
  await using fixture = await faulty(refusal(403, "AccessDenied", "Access Denied"));
  const { blobs } = fixture;
  const objects = /arn:aws:s3:::acme-files\/\*/;
  const asked: readonly [() => Promise<unknown>, RegExp, RegExp][] = [
    [() => blobs.put("a", bytes("x")), /Allow s3:PutObject/, objects],
    [() => blobs.put("a", parts(2)), /s3:PutObject \(and s3:AbortMultipartUpload\)/, objects],
    [() => blobs.get("a"), /Allow s3:GetObject/, objects],
    [() => blobs.head("a"), /Allow s3:GetObject/, objects],
    [() => blobs.delete("a"), /Allow s3:DeleteObject/, objects],
    [() => blobs.list(""), /Allow s3:ListBucket/, /arn:aws:s3:::acme-files in/],
    [() => blobs.check(), /Allow s3:ListBucket/, /arn:aws:s3:::acme-files in/],
  ];
  for (const [ask, permission, resource] of asked) {
    const error = await failure(ask());
    expect(error.code).toBe("blobs_access_denied");
    expect(error.message).toMatch(permission);
    expect(error.message).toMatch(resource);
  }
});

test("[blobs.s3.no-credentials] without credentials the error says how to get some", async () => {
  await using server = await faultyS3(refusal(500, "InternalError"));
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  const missing = {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  try {
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    Object.assign(process.env, missing);
    await using blobs = await openBlobs({ type: "s3", bucket: "acme-files", region, endpoint: server.url });
    const error = await failure(blobs.head("a"));
    expect(error.code).toBe("blobs_no_credentials");
    expect(error.message).toMatch(/aws sso login.*AWS_ACCESS_KEY_ID.*task role/);
    expect((await failure(blobs.signDownload("a", { expiresInSeconds: 60 }))).code).toBe("blobs_no_credentials");
    expect(server.seen).toEqual([]);
  } finally {
    for (const name of Object.keys(missing)) delete process.env[name];
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret });
  }
});

test("[blobs.s3.slow-down] throttling is tried again, and then throttled", async () => {
  let refusals = 2;
  await using passing = await faulty((request, response) => {
    if (refusals-- > 0) refusal(503, "SlowDown")(request, response);
    else response.writeHead(200, { etag: '"e"', "content-length": "1" }).end("x");
  });
  expect(await passing.blobs.get("a")).toMatchObject({ status: "found" });
  await using lasting = await faulty(refusal(503, "SlowDown", "Please reduce your request rate."));
  await expect(lasting.blobs.get("a")).rejects.toThrow(ThrottledError);
  expect(lasting.server.seen.length).toBe(4);
});

async function readAll(blobs: Blobs): Promise<number> {
  const found = await blobs.get("a");
  if (found?.status !== "found") throw new Error("absent");
  let total = 0;
  for await (const chunk of found.body) total += chunk.length;
  return total;
}

test("[blobs.s3.cut] a connection cut in the middle of a download is unavailable", async () => {
  await using fixture = await faulty((_request, response) => {
    response.writeHead(200, { etag: '"e"', "content-length": "1000000" });
    response.write("x".repeat(1000));
    setTimeout(() => response.destroy(), 50);
  });
  await expect(readAll(fixture.blobs)).rejects.toThrow(UnavailableError);
});

test("[blobs.s3.cut] a connection cut in the middle of an upload is unavailable, and its parts are aborted", async () => {
  await using fixture = await faulty((request, response) => {
    const { method, url = "" } = request;
    const answer = (xml: string) => request.resume().on("end", () => void response.writeHead(200).end(xml));
    if (method === "POST" && url.includes("uploads")) {
      answer(`<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>`);
    } else if (method === "DELETE") request.resume().on("end", () => void response.writeHead(204).end());
    else request.once("data", () => request.socket.destroy());
  });
  await expect(fixture.blobs.put("a", bytes("x".repeat(100_000)))).rejects.toThrow(UnavailableError);
  await expect(fixture.blobs.put("a", parts(3))).rejects.toThrow(UnavailableError);
  expect(fixture.server.seen.filter((line) => line.startsWith("DELETE") && line.includes("uploadId=u1"))).toHaveLength(
    1,
  );
  expect(fixture.server.seen.filter((line) => line.startsWith("POST") && line.includes("uploadId"))).toEqual([]);
});

test("[blobs.s3.stall] a service that stalls is given up in time, before it answers and in the middle", async () => {
  await using silent = await faulty((request) => void request.resume());
  const began = performance.now();
  await expect(silent.blobs.get("a")).rejects.toThrow(UnavailableError);
  await expect(silent.blobs.put("a", bytes("x"))).rejects.toThrow(UnavailableError);
  await using halting = await faulty((_request, response) => {
    response.writeHead(200, { etag: '"e"', "content-length": "1000000" });
    response.write("x".repeat(1000));
  });
  await expect(readAll(halting.blobs)).rejects.toThrow(/sent nothing more.*300 ms/);
  // Four attempts of each, their pauses between them, and one wait.
  expect(performance.now() - began).toBeLessThan(9 * stallMs + 6000);
});

test("[blobs.s3.stall] whether the bucket can be reached is told within the time for it, whatever is tried", async () => {
  await using silent = await faultyS3((request) => void request.resume());
  const config = { type: "s3", bucket: "acme-files", region, endpoint: silent.url } as const;
  await using blobs = await openBlobs(config, { checkMs: 400 });
  const began = performance.now();
  await expect(blobs.check()).rejects.toThrow(UnavailableError);
  expect(performance.now() - began).toBeLessThan(4000);
});

test("[blobs.s3.cut] where nobody listens at all, the error names the setting", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const address = closed.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => closed.close(resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  await using blobs = await openBlobs({ type: "s3", bucket: "acme-files", region, endpoint });
  const error = await failure(blobs.put("a", bytes("x")));
  expect(error).toMatchObject({ code: "unavailable", retryable: true });
  expect(error.message).toMatch(/ECONNREFUSED.*AWS_ENDPOINT_URL_S3/);
});

test("[blobs.s3.damage] bytes that are not those of the object's checksum fail the reading", async () => {
  const body = "what was stored";
  const checksum = createHash("sha256").update(body).digest("base64");
  const serving =
    (sent: string): S3Handler =>
    (_request, response) => {
      const headers = { etag: '"e"', "content-length": String(sent.length), "x-amz-checksum-sha256": checksum };
      response.writeHead(200, headers).end(sent);
    };
  await using right = await faulty(serving(body));
  expect(await readAll(right.blobs)).toBe(body.length);
  await using wrong = await faulty(serving("what was stoled"));
  await expect(readAll(wrong.blobs)).rejects.toThrow(UnavailableError);
});
