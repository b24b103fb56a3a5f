import { randomUUID } from "node:crypto";
import { DeleteSecretCommand } from "@aws-sdk/client-secrets-manager";
import { beforeAll, describe, expect, test } from "vitest";
import {
  awsEnv,
  disposable,
  type Recorder,
  recorder,
  refused,
  secretsManager,
  stalled,
  store,
} from "../../../adapters/test/secrets/support.ts";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { file, secretsCli } from "./support.ts";

const secretValue = "sw0rdf1sh";
const here = await available("moto", () => service("moto"));

function manifestOf(app: string): string {
  const required = true;
  return file(
    "manifest.json",
    JSON.stringify({
      good: { name: `${app}/good`, fills: { a: "A" }, required, readers: ["web", "worker"] },
      named: { name: `${app}/named`, fills: "NAMED", required },
      deleted: { name: `${app}/deleted`, fills: "DELETED", required },
      binary: { name: `${app}/binary`, fills: "BINARY", required },
      json: { name: `${app}/json`, fills: ["JSON_A"], required },
      key: { name: `${app}/key`, fills: ["KEY_A", "KEY_B"], required },
      spaced: { name: `${app}/spaced`, fills: "SPACED" },
      optional: { name: `${app}/optional`, fills: "OPTIONAL" },
    }),
  );
}

describe.runIf(here)("with moto", () => {
  let url: string;
  let aws: Recorder;
  let app: string;
  let manifest: string;
  beforeAll(async () => {
    ({ url } = await service("moto"));
    aws = await recorder(url);
    app = `d${randomUUID().slice(0, 8)}.x`;
    manifest = manifestOf(app);
    await store(url, {
      [`${app}/good`]: { a: secretValue, more: secretValue },
      [`${app}/Named`]: secretValue,
      [`${app}/deleted`]: secretValue,
      [`${app}/binary`]: new Uint8Array([1, 2]),
      [`${app}/json`]: `{"JSON_A": ${secretValue}`,
      [`${app}/key`]: { KEY_A: secretValue, KEY_C: secretValue },
      [`${app}/spaced`]: `${secretValue}\n`,
    });
    using client = disposable(secretsManager(url));
    await client.send(new DeleteSecretCommand({ SecretId: `${app}/deleted` }));
    return () => aws[Symbol.asyncDispose]();
  });

  const doctor = async (env: Readonly<Record<string, string>> = awsEnv(aws.url)) => {
    const argv = ["doctor", "--env", "prod", "--manifest", manifest];
    const [json, text] = [await secretsCli([...argv, "--json"], { env }), await secretsCli(argv, { env })];
    expect([json.err, text.err]).toEqual(["", ""]);
    expect(text.code).toBe(json.code);
    for (const said of [json.out, text.out]) expect(said).not.toContain(secretValue);
    const answer = JSON.parse(json.out);
    for (const { message, mend } of answer.findings) {
      expect(text.out).toContain(message);
      if (mend !== undefined) expect(text.out).toContain(mend);
    }
    const of = (check: string): any =>
      answer.findings.find((one: any) => one.check === check || one.check === `${app}/${check}`);
    return { code: json.code, of, ...answer };
  };

  test("[secrets.doctor] of each secret: which of name, deletion, binary, JSON or key is wrong, and what mends it", async () => {
    aws.instead = undefined;
    const { code, ok, of, findings } = await doctor();
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(of("environment")).toMatchObject({ status: "ok", message: '"prod", in us-east-1' });
    expect(of("credentials")).toMatchObject({ status: "ok" });
    expect(of("good")).toMatchObject({ status: "ok", message: "fills A" });
    expect(findings.filter(({ check }: any) => check === `${app}/good`)[1].message).toContain("declared for: more");
    expect(of("named")).toMatchObject({
      status: "failed",
      mend: expect.stringContaining(`There is "${app}/Named": is it that one?`),
    });
    expect(of("deleted")).toMatchObject({ status: "failed", mend: expect.stringContaining("restore-secret") });
    expect(of("binary")).toMatchObject({ status: "failed", message: expect.stringContaining("binary") });
    expect(of("json")).toMatchObject({ status: "failed", message: expect.stringContaining("not a JSON object") });
    expect(of("key")).toMatchObject({ status: "failed", message: expect.stringContaining("KEY_B: secret") });
    expect(of("optional")).toMatchObject({
      status: "warning",
      message: expect.stringContaining("is not in us-east-1"),
    });
    const spaced = findings.filter(({ check }: any) => check === `${app}/spaced`);
    expect(spaced).toMatchObject([
      { status: "ok" },
      { status: "warning", message: expect.stringContaining("line break") },
    ]);
  });

  const denied = "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: ";
  test("[secrets.doctor] BatchGetSecretValue denied is said, and each secret is looked at all the same", async () => {
    aws.instead = (operation) =>
      operation === "BatchGetSecretValue"
        ? { error: "AccessDeniedException", message: `${denied}secretsmanager:BatchGetSecretValue` }
        : undefined;
    const { code, of } = await doctor();
    expect(code).toBe(1);
    expect(of("permission")).toMatchObject({
      status: "failed",
      mend: expect.stringContaining('BatchGetSecretValue on Resource "*"'),
    });
    expect(of("good")).toMatchObject({ status: "ok" });
    expect(of("deleted")).toMatchObject({ status: "failed", mend: expect.stringContaining("restore-secret") });
    expect(of("named")).toMatchObject({ status: "failed" });
  });

  test("[secrets.doctor] GetSecretValue and kms:Decrypt denied are told apart", async () => {
    const errors = [
      {
        SecretId: `${app}/good`,
        ErrorCode: "AccessDeniedException",
        Message: `${denied}secretsmanager:GetSecretValue`,
      },
      { SecretId: `${app}/key`, ErrorCode: "AccessDeniedException", Message: "Access to KMS is not allowed" },
    ];
    aws.instead = (operation) =>
      operation === "BatchGetSecretValue" ? { body: { SecretValues: [], Errors: errors } } : undefined;
    const { of } = await doctor();
    expect(of("good")).toMatchObject({
      status: "failed",
      mend: expect.stringContaining("Allow secretsmanager:GetSecretValue"),
    });
    expect(of("key")).toMatchObject({ status: "failed", mend: expect.stringContaining("Allow kms:Decrypt") });
  });

  test.each([
    ["expired credentials", "ExpiredTokenException", "credentials", "aws sso login"],
    ["unknown credentials", "UnrecognizedClientException", "credentials", "AWS_ACCESS_KEY_ID"],
    ["a failing service", "InternalServiceError", "service", "Try again"],
  ])("[secrets.doctor] %s", async (_, error, check, mend) => {
    aws.instead = () => ({ error });
    const { code, of } = await doctor();
    expect(code).toBe(1);
    expect(of(check)).toMatchObject({ status: "failed", mend: expect.stringContaining(mend) });
  });

  test("[secrets.doctor] exit code 0 where a start would succeed", async () => {
    aws.instead = undefined;
    manifest = file(
      "manifest.json",
      JSON.stringify({ good: { name: `${app}/good`, fills: { a: "A" }, required: true } }),
    );
    expect(await doctor()).toMatchObject({ code: 0, ok: true });
    manifest = manifestOf(app);
  });

  test("[secrets.list] what is declared and what is there, without a value", async () => {
    aws.instead = undefined;
    const argv = ["list", "--env", "prod", "--manifest", manifest];
    const text = await secretsCli(argv, { env: awsEnv(aws.url) });
    expect(text).toMatchObject({ code: 0, err: "" });
    const [head = "", ...lines] = text.out.split("\n");
    expect(head).toMatch(/^NAME +PLACE +VARIABLES \(\* required\) +READERS +CHANGED$/);
    expect(lines.find((line) => line.includes("/good"))).toMatch(/secrets-manager +A\* +web, worker +\d{4}-\d\d-\d\d$/);
    expect(lines.find((line) => line.includes("/optional"))).toMatch(/ OPTIONAL +missing$/);
    expect(lines.find((line) => line.includes("/deleted"))).toMatch(/ DELETED\* +missing$/);
    const json = await secretsCli([...argv, "--json"], { env: awsEnv(aws.url) });
    expect(JSON.parse(json.out).secrets[0]).toMatchObject({ id: "good", exists: true, readers: ["web", "worker"] });
    expect(text.out + json.out).not.toContain(secretValue);
  });
});

describe("without the service", () => {
  const manifest = manifestOf("app");
  const doctor = async (env: Readonly<Record<string, string>>) => {
    const started = performance.now();
    const { code, out } = await secretsCli(["doctor", "--env", "prod", "--manifest", manifest, "--json"], { env });
    return { code, ms: performance.now() - started, finding: JSON.parse(out).findings.at(-1) };
  };

  test("[secrets.doctor] a service that stalls, or refuses, is said within 10 s", { timeout: 20_000 }, async () => {
    await using server = await stalled();
    const stall = await doctor(awsEnv(server.url));
    expect(stall).toMatchObject({
      code: 1,
      finding: { check: "service", message: expect.stringContaining("does not answer") },
    });
    expect(stall.ms).toBeLessThan(10_000);
    const refuse = await doctor(awsEnv(await refused()));
    expect(refuse).toMatchObject({
      code: 1,
      finding: { check: "service", message: expect.stringContaining("ECONNREFUSED") },
    });
  });

  test("[secrets.doctor] a profile that there is not", async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = awsEnv("http://127.0.0.1:9");
    const { finding } = await doctor({ ...env, AWS_PROFILE: "nobody-here" });
    expect(finding).toMatchObject({
      check: "credentials",
      status: "failed",
      message: expect.stringContaining("nobody-here"),
    });
  });

  test.each([
    [["--manifest", "/none.ts"], "manifest_not_found", "there is no file /none.ts"],
    [["--manifest", file("m.json", "{")], "manifest_invalid", "is not JSON"],
    [["--manifest", file("m.json", '{"a":{"name":"x"}}')], "manifest_invalid", '"a" needs a name'],
    [["--manifest", file("m.mjs", "export default 1;")], "manifest_invalid", "defineSecrets"],
    [["--manifest", file("m.mjs", "throw new Error('broken');")], "manifest_invalid", "broken"],
  ])("[secrets.cli.manifest] %j is refused", async (argv, errorCode, hint) => {
    const { code, out } = await secretsCli(["list", "--env", "prod", ...argv, "--json"], {
      env: awsEnv("http://127.0.0.1:9"),
    });
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: errorCode, message: expect.stringContaining(hint) });
  });
});
