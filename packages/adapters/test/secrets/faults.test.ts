import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { defineSecrets, loadSecrets, SecretsError } from "@aloft/adapters/secrets/index";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { awsEnv, type Instead, type Recorder, recorder, refused, stalled } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-faults-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const manifest = defineSecrets({
  text: { name: "app/text", fills: "TEXT", required: true },
  json: { name: "app/json", fills: { a: "A", b: "B" }, required: true },
});
const withParameter = defineSecrets({
  level: { name: "/app/level", in: "parameter-store", fills: "LEVEL", required: true },
});

interface Failed {
  readonly error: SecretsError;
  readonly ms: number;
}

async function failing(
  env: Readonly<Record<string, string>>,
  of: Parameters<typeof loadSecrets>[0] = manifest,
): Promise<Failed> {
  const started = performance.now();
  try {
    await loadSecrets(of, { env, folder, warn: () => {} });
  } catch (error) {
    if (error instanceof SecretsError) return { error, ms: performance.now() - started };
    throw error;
  }
  return expect.fail("it was loaded");
}

/** No keys in the environment, no profile, no role: only what a test gives. */
function withoutCredentials(url: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = awsEnv(url);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  for (const [name, value] of Object.entries(more)) vi.stubEnv(name, value);
  return env;
}

describe("the service is down", () => {
  test("[secrets.load.down] it accepts connections and says nothing: within 10 s", { timeout: 15_000 }, async () => {
    await using server = await stalled();
    const { error, ms } = await failing(awsEnv(server.url));
    expect(ms).toBeLessThan(10_000);
    expect(error).toMatchObject({ code: "secrets", retryable: true });
    expect(error.problems).toMatchObject([
      { fault: "unreachable", variables: ["TEXT", "A", "B"], region: "us-east-1" },
    ]);
    expect(error.message).toMatch(/Secrets Manager in us-east-1 does not answer\. Check the network/);
  });

  test("[secrets.load.down] so does Parameter Store", { timeout: 15_000 }, async () => {
    await using server = await stalled();
    const { error, ms } = await failing(awsEnv(server.url), withParameter);
    expect(ms).toBeLessThan(10_000);
    expect(error.message).toContain("LEVEL: Parameter Store in us-east-1 does not answer.");
  });

  test("[secrets.load.down] it refuses connections", async () => {
    const { error, ms } = await failing(awsEnv(await refused()));
    expect(ms).toBeLessThan(10_000);
    expect(error.message).toContain("cannot be reached (ECONNREFUSED)");
  });

  test("[secrets.load.down] it goes on failing", async () => {
    await using server = await recorder();
    server.instead = () => ({ error: "InternalServiceError", status: 500 });
    const { error, ms } = await failing(awsEnv(server.url));
    expect(ms).toBeLessThan(10_000);
    expect(error.problems[0]).toMatchObject({
      fault: "failed",
      message: expect.stringContaining("InternalServiceError"),
    });
    expect(server.asked.length).toBeGreaterThan(1);
  });

  test("[secrets.load.down] whoever gives credentials does not answer", { timeout: 15_000 }, async () => {
    await using server = await stalled();
    const more = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials` };
    const { error, ms } = await failing(withoutCredentials("http://127.0.0.1:9", more));
    expect(ms).toBeLessThan(10_000);
    expect(error.problems[0]?.fault).toBe("credentials_missing");
  });

  test("[secrets.load.down] the machine's metadata does not answer", { timeout: 15_000 }, async () => {
    await using server = await stalled();
    const more = { AWS_EC2_METADATA_DISABLED: "", AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url };
    const { error, ms } = await failing(withoutCredentials("http://127.0.0.1:9", more));
    expect(ms).toBeLessThan(10_000);
    expect(error.problems[0]?.fault).toBe("credentials_missing");
  });
});

describe("what is wrong is told apart", () => {
  let aws: Recorder;
  beforeAll(async () => {
    aws = await recorder();
    return () => aws[Symbol.asyncDispose]();
  });
  const answer = (text: object, json: object, errors: readonly object[] = []): Instead => ({
    body: {
      SecretValues: [
        { Name: "app/text", ...text },
        { Name: "app/json", ...json },
      ].filter((one) => Object.keys(one).length > 1),
      Errors: errors,
    },
  });
  const good = { SecretString: '{"a":"1","b":"2"}' };
  const kms = "Access to KMS is not allowed";
  const not = (what: string) => `User: arn:aws:sts::1:assumed-role/r is not authorized to perform: ${what}`;

  const whole: [string, Instead, string, string][] = [
    ["an expired token", { error: "ExpiredTokenException" }, "credentials_expired", "aws sso login"],
    [
      "a clock that is wrong",
      { error: "InvalidSignatureException", message: "Signature expired: 20260101" },
      "credentials_expired",
      "clock",
    ],
    ["unknown keys", { error: "UnrecognizedClientException" }, "credentials_refused", "AWS_ACCESS_KEY_ID"],
    ["a wrong secret key", { error: "InvalidSignatureException" }, "credentials_refused", "AWS_SECRET_ACCESS_KEY"],
    [
      "BatchGetSecretValue denied",
      { error: "AccessDeniedException", message: not("secretsmanager:BatchGetSecretValue") },
      "batch_denied",
      'Allow secretsmanager:BatchGetSecretValue on Resource "*"',
    ],
    ["too many requests", { error: "ThrottlingException" }, "throttled", "Try again"],
  ];
  test.each(whole)("[secrets.errors.apart] %s", async (_, instead, fault, mend) => {
    aws.instead = () => instead;
    const { error } = await failing(awsEnv(aws.url));
    expect(error.problems).toMatchObject([{ fault, variables: ["TEXT", "A", "B"] }]);
    expect(error.message).toContain(mend);
    expect(error.message).not.toContain("assumed-role");
  });

  const one = (SecretId: string, ErrorCode: string, Message: string) => ({ SecretId, ErrorCode, Message });
  const each: [string, Instead, string, string | undefined, string][] = [
    [
      "a wrong name",
      answer({}, good, [one("app/text", "ResourceNotFoundException", "")]),
      "not_found",
      undefined,
      "aloft secrets push .env --env prod",
    ],
    [
      "GetSecretValue denied",
      answer({}, good, [one("app/text", "AccessDeniedException", not("secretsmanager:GetSecretValue"))]),
      "read_denied",
      undefined,
      "Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:<account>:secret:app/text-??????",
    ],
    [
      "kms:Decrypt denied",
      answer({}, good, [one("app/text", "AccessDeniedException", kms)]),
      "key_denied",
      undefined,
      "Allow kms:Decrypt",
    ],
    [
      "a disabled key",
      answer({}, good, [one("app/text", "DecryptionFailure", "")]),
      "key_denied",
      undefined,
      "kms:Decrypt",
    ],
    [
      "a pending deletion",
      answer({}, good, [one("app/text", "InvalidRequestException", "it was marked for deletion.")]),
      "pending_deletion",
      undefined,
      "aws secretsmanager restore-secret --secret-id app/text --region us-east-1",
    ],
    ["a binary secret", answer({ SecretBinary: "AAEC" }, good), "binary", undefined, "aloft secrets push"],
    ["an empty secret", answer({ SecretString: "" }, good), "empty", undefined, "aloft secrets push"],
    ["no answer about it", answer({}, good), "not_found", undefined, "aloft secrets push"],
    [
      "text that is no JSON",
      answer({ SecretString: "t" }, { SecretString: "{a: 1" }),
      "not_json",
      undefined,
      "Store a JSON object",
    ],
    [
      "JSON that is no object",
      answer({ SecretString: "t" }, { SecretString: '["a"]' }),
      "not_json",
      undefined,
      "Store a JSON object",
    ],
    [
      "a missing key",
      answer({ SecretString: "t" }, { SecretString: '{"a":"1"}' }),
      "key_missing",
      "b",
      'has no key "b"',
    ],
    [
      "an inherited name",
      answer({ SecretString: "t" }, { SecretString: '{"a":"1","__proto__":{"b":"2"}}' }),
      "key_missing",
      "b",
      'has no key "b"',
    ],
    [
      "null",
      answer({ SecretString: "t" }, { SecretString: '{"a":"1","b":null}' }),
      "wrong_type",
      "b",
      'has null under "b"',
    ],
    [
      "an object",
      answer({ SecretString: "t" }, { SecretString: '{"a":"1","b":{"c":1}}' }),
      "wrong_type",
      "b",
      "an object",
    ],
    [
      "a number that JSON loses digits of",
      answer({ SecretString: "t" }, { SecretString: '{"a":"1","b":12345678901234567890}' }),
      "wrong_type",
      "b",
      "Put it in quotes",
    ],
  ];
  test.each(each)("[secrets.errors.apart] %s", async (_, instead, fault, key, mend) => {
    aws.instead = () => instead;
    const { error } = await failing(awsEnv(aws.url));
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({ fault, region: "us-east-1", secret: expect.stringMatching(/^app\//) });
    expect(error.problems[0]?.key).toBe(key);
    expect(error.message).toContain(mend);
  });

  test("[secrets.errors.apart] ssm:GetParameters denied", async () => {
    aws.instead = () => ({ error: "AccessDeniedException", message: not("ssm:GetParameters") });
    const { error } = await failing(awsEnv(aws.url), withParameter);
    expect(error.problems).toMatchObject([{ fault: "read_denied", secret: "/app/level", variables: ["LEVEL"] }]);
    expect(error.message).toContain("Allow ssm:GetParameters");
  });

  test("[secrets.errors.apart] no region", async () => {
    const { AWS_REGION: _, ...env } = awsEnv(aws.url);
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
    const { error } = await failing(env);
    expect(error.problems).toMatchObject([{ fault: "region", region: undefined }]);
    expect(error.message).toContain("Set AWS_REGION");
  });

  test("[secrets.errors.apart] a region that there is not", async () => {
    const { AWS_ENDPOINT_URL: _, ...env } = awsEnv("", { AWS_REGION: "eu-wets-1" });
    const { error, ms } = await failing(env);
    // Where names are not resolved at all, the name server's silence cannot be told from the network's.
    expect(["region", "unreachable"]).toContain(error.problems[0]?.fault);
    expect(error.message).toContain("eu-wets-1");
    expect(ms).toBeLessThan(10_000);
  });

  test("[secrets.errors.apart] no credentials, and a profile that there is not", async () => {
    expect((await failing(withoutCredentials(aws.url))).error.problems[0]).toMatchObject({
      fault: "credentials_missing",
      mend: expect.stringContaining("AWS_PROFILE"),
    });
    const profile = await failing({ ...withoutCredentials(aws.url), AWS_PROFILE: "nobody" });
    expect(profile.error.problems[0]).toMatchObject({
      fault: "credentials_missing",
      message: 'The AWS profile "nobody" gives no credentials.',
    });
  });

  test("[secrets.errors.apart] a wrong address of the endpoint that answers something else", async () => {
    const web = createServer((_request, answer) => answer.writeHead(200).end("<html>hello"));
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    const { error } = await failing(awsEnv(`http://127.0.0.1:${(web.address() as AddressInfo).port}`));
    expect(error.problems[0]?.fault).toBe("failed");
    web.closeAllConnections();
    web.close();
  });

  test("[secrets.load.sealed] no error, warning or emitted text holds a value", async () => {
    const values = ["sw0rdf1sh-text", "sw0rdf1sh-a", "sw0rdf1sh-b", "sw0rdf1sh-c"];
    const secretText = (text: string): Instead => answer({ SecretString: values[0] }, { SecretString: text });
    const texts = [
      `{"a":"${values[1]}","b":{"c":"${values[3]}"}}`,
      `{"a":"${values[1]}","b":["${values[2]}"]}`,
      `{"a":"${values[1]}",`,
      `"${values[1]}"`,
      values[2] ?? "",
    ];
    for (const text of texts) {
      aws.instead = () => secretText(text);
      const { error } = await failing(awsEnv(aws.url, { AWS_SECRET_ACCESS_KEY: "sw0rdf1sh-key" }));
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("sw0rdf1sh");
      const said: string[] = [];
      const optional = defineSecrets({ json: { name: "app/json", fills: { a: "A", b: "B" } } });
      const secrets = await loadSecrets(optional, {
        env: awsEnv(aws.url),
        folder,
        warn: (message) => said.push(message),
      });
      expect([...said, ...secrets.warnings()].join()).not.toContain("sw0rdf1sh");
      expect(said).not.toEqual([]);
    }
  });
});
