import { join } from "node:path";
import { existsSync } from "node:fs";
import { idempotencyKeys } from "@aloft/core/identity/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { storeOf } from "../../../test/support/stores.ts";
import { available } from "../../../test/support/skip.ts";
import { kmsProxy, type KmsProxy } from "../../adapters/src/keys/testing/kms-proxy.ts";
import { createKmsKey, region, useEmulatorCredentials } from "../../adapters/src/keys/testing/temporary-kms-keys.ts";
import { startBackend } from "./support/backend.ts";

useEmulatorCredentials();
const here = await available("KMS of ministack", () => service("ministack"));

describe.runIf(here)("a server on KMS", () => {
  let proxy: KmsProxy;
  let keyId: string;
  let signingKeyId: string;
  beforeAll(async () => {
    proxy = await kmsProxy((await service("ministack")).url);
    process.env["AWS_ENDPOINT_URL_KMS"] = proxy.url;
    keyId = await createKmsKey(proxy.url);
    signingKeyId = await createKmsKey(proxy.url, { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" });
  });
  afterAll(async () => {
    delete process.env["AWS_ENDPOINT_URL_KMS"];
    await proxy[Symbol.asyncDispose]();
  });
  const env = (more: Readonly<Record<string, string>> = {}) => ({
    KEYS_TYPE: "kms",
    KMS_REGION: region,
    KMS_KEY_ID: keyId,
    KMS_SIGNING_KEY_ID: signingKeyId,
    ...more,
  });

  test(
    "[keys.answers.sealed] [keys.calls] by environment alone it seals under KMS, and asks it once for a hundred answers",
    { timeout: 90_000 },
    async () => {
      await using backend = await startBackend({ env: env({ ALOFT_USER_RATE: "1000", ALOFT_USER_BURST: "1000" }) });
      expect((await backend.nobody.get("/health/ready")).body.checks).toMatchObject({ store: "ok", keys: "ok" });
      proxy.calls.clear();
      const ask = (i: number) =>
        backend.owner.post(
          "/api/v1/keys",
          { name: `key ${i}`, scopes: ["agents:read"] },
          { "idempotency-key": `k${i}` },
        );
      const made = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
      const again = await Promise.all(made.map((_, i) => ask(i)));
      expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 201));
      expect(again.map(({ body }) => body.key)).toEqual(made.map(({ body }) => body.key));
      expect(Object.fromEntries(proxy.calls)).toEqual({ GenerateDataKey: 1, Decrypt: 1 });
      expect(existsSync(join(backend.dataDir, "keys.json"))).toBe(false);
      await using store = await (await storeOf(backend.dataDir)).open();
      const [kept] = (await store.scan(idempotencyKeys)).items;
      expect(Buffer.from(kept?.sealed ?? "", "base64").toString("latin1")).toContain(keyId);
    },
  );

  test("[keys.jwks.route] it publishes the key that KMS signs with", async () => {
    await using backend = await startBackend({ env: env() });
    const { status, body } = await backend.nobody.get("/.well-known/jwks.json");
    expect([status, body.keys.length, body.keys[0].crv]).toEqual([200, 1, "Ed25519"]);
  });

  test("[keys.kms.errors] it does not start with a key that is not there, and says which and what to do", async () => {
    const missing = "11111111-2222-4333-8444-555555555555";
    const started = startBackend({ env: env({ KMS_KEY_ID: missing }) });
    await expect(started).rejects.toThrow(new RegExp(`KMS in ${region} has no key ${missing}.*aws kms describe-key`));
  });

  test("[keys.kms.errors] denied while it runs: nothing is kept unsealed, what needs no key goes on, and the log says why", async () => {
    await using backend = await startBackend({ env: env() });
    proxy.answer = () => ({ error: "AccessDeniedException" });
    const post = (path: string, body: unknown) => backend.owner.post(path, body, { "idempotency-key": `once ${path}` });
    const refused = await post("/api/v1/keys", { name: "ci", scopes: ["agents:read"] });
    const agent = await post("/api/v1/agents", { name: "Guide" });
    proxy.answer = () => undefined;
    expect([refused.status, refused.body.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(refused.body)).not.toContain("arn:aws");
    expect(agent.status).toBe(201);
    expect(backend.log()).toContain("This process may not call kms:GenerateDataKey on the KMS key");
    expect((await backend.owner.get("/api/v1/keys")).body.items).toEqual([]);
    expect((await post("/api/v1/keys", { name: "ci", scopes: ["agents:read"] })).status).toBe(201);
  });
});
