import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awsCredentials } from "./aws-credentials.ts";

const variables = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

beforeEach(() => {
  for (const name of variables) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function container(answers: readonly { status?: number; body: string }[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const answer = answers[asked.length];
    asked.push(request.headers.authorization);
    response.writeHead(answer?.status ?? 200).end(answer?.body);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `http://127.0.0.1:${(server.address() as AddressInfo).port}/role`);
  return {
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const role = (id: string, expires: string) =>
  JSON.stringify({ AccessKeyId: id, SecretAccessKey: "role-secret", Token: "role-token", Expiration: expires });

test("[models.bedrock.credentials] without any, it says which variables to set", async () => {
  await expect(awsCredentials()).rejects.toMatchObject({
    code: "model_not_configured",
    message: expect.stringContaining("AWS_ACCESS_KEY_ID"),
  });
});

test("[models.bedrock.credentials] the environment's keys are taken, with the session's token if there is one", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  expect(await awsCredentials()).toEqual({ accessKeyId: "AKID", secretAccessKey: "secret" });
  vi.stubEnv("AWS_SESSION_TOKEN", "token");
  expect(await awsCredentials()).toEqual({ accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" });
});

test("[models.bedrock.credentials] a container's role is refused without words of it, then kept until near its end", async () => {
  await using endpoint = await container([
    { status: 500, body: "role-secret" },
    { body: '{"AccessKeyId": "role-secret' },
    { body: "{}" },
    { body: role("AKID1", inMinutes(4)) },
    { body: role("AKID2", inMinutes(60)) },
  ]);
  vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
  for (const expected of [/HTTP 500/, /no usable answer/, /no usable answer/]) {
    const failure = await awsCredentials().then(String, String);
    expect(failure).toMatch(expected);
    expect(failure).not.toContain("role-secret");
  }
  expect(await awsCredentials()).toEqual({
    accessKeyId: "AKID1",
    secretAccessKey: "role-secret",
    sessionToken: "role-token",
  });
  expect((await awsCredentials()).accessKeyId).toBe("AKID2");
  expect((await awsCredentials()).accessKeyId).toBe("AKID2");
  expect(endpoint.asked).toEqual(Array.from({ length: 5 }, () => "Basic abc"));
});
