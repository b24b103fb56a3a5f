import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createKmsKey, region } from "../../packages/adapters/src/keys/testing/temporary-kms-keys.ts";
import { type ProviderServer, providerServer } from "../../packages/adapters/src/models/testing/provider-server.ts";
import { service } from "./services.ts";
import { forgetSchemaVersion, storeOf } from "./stores.ts";

export interface Cloud extends AsyncDisposable {
  /** What the server is told. */
  readonly env: Readonly<Record<string, string>>;
  /** FRONTEND_URL. */
  readonly publicUrl: string;
  /** The load balancer's own name. */
  readonly balancer: string;
  /** Whose models it calls. */
  readonly provider: ProviderServer;
}

/** What a deployment makes around the server: tables without an item, a bucket, a key, a secret, a role, a model. */
export async function startCloud(): Promise<Cloud> {
  const [{ url: dynamodb }, { url: moto }] = await Promise.all([service("dynamodb"), service("moto")]);
  const store = await storeOf(randomUUID(), "dynamodb");
  await (await store.open()).close();
  await forgetSchemaVersion(store);
  const name = `aloft-${randomUUID()}`;
  const access = { region, endpoint: moto, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: region } }));
  const secrets = new SecretsManagerClient(access);
  const SecretString = randomBytes(48).toString("base64url");
  await secrets.send(new CreateSecretCommand({ Name: `${name}/production/auth-secret`, SecretString }));
  const provider = await providerServer();
  const role = createServer((_request, response) => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ AccessKeyId: "test", SecretAccessKey: "test", Token: "of-the-task", Expiration }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => role.once("listening", resolve));
  const balancer = "internal-aloft-1.eu-central-1.elb.amazonaws.com";
  const publicUrl = "https://d111111abcdef8.cloudfront.net";
  return {
    balancer,
    publicUrl,
    provider,
    env: {
      ...store.env,
      ALOFT_ENV: "production",
      AWS_REGION: region,
      AWS_ENDPOINT_URL: moto,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(role.address() as AddressInfo).port}/`,
      AWS_SECRETS_ENABLED: "true",
      ALOFT_SECRETS_PREFIX: `${name}/production`,
      STORAGE_TYPE: "s3",
      STORAGE_BUCKET: name,
      KEYS_TYPE: "kms",
      KMS_KEY_ID: await createKmsKey(moto),
      FRONTEND_URL: publicUrl,
      ALOFT_HOSTS: balancer,
      ALOFT_PROXY_HOPS: "2",
      ALOFT_STOP_SECONDS: "10",
      OPENAI_BASE_URL: provider.baseUrl("openai-compatible"),
      OPENAI_API_KEY: "sk-of-the-test",
      DEFAULT_MODEL: "test-model",
    },
    async [Symbol.asyncDispose]() {
      s3.destroy();
      secrets.destroy();
      await provider.close();
      role.close();
      await store.drop();
    },
  };
}
