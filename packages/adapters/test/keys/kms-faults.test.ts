import { createServer, type AddressInfo } from "node:net";
import { KeysError, ThrottledError, UnavailableError } from "@aloft/core/errors";
import type { Keys } from "@aloft/core/ports/keys";
import { describe, expect, test } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { type KmsKeysOptions, kmsKeys } from "../../src/keys/kms.ts";
import { type KmsProxy, kmsProxy } from "../../src/keys/testing/kms-proxy.ts";
import { createKmsKey, kmsClient, region, useEmulatorCredentials } from "../../src/keys/testing/temporary-kms-keys.ts";

useEmulatorCredentials();
const motoHere = await available("KMS of moto", () => service("moto"));
const ministackHere = await available("KMS of ministack", () => service("ministack"));
const context = { purpose: "test.value", record: { id: "1" } };
const soon = () => ({ exp: Math.floor(Date.now() / 1000) + 60 });

interface Bed extends AsyncDisposable {
  readonly proxy: KmsProxy;
  readonly keyId: string;
  readonly keys: Keys;
  /** The same keys with nothing in their cache. */
  readonly cold: (options?: Partial<KmsKeysOptions>) => Promise<Keys>;
}

async function bed(emulator: "moto" | "ministack" = "moto", signing?: string): Promise<Bed> {
  const proxy = await kmsProxy((await service(emulator)).url);
  const keyId = await createKmsKey(proxy.url);
  const opened: Keys[] = [];
  const cold = async (options: Partial<KmsKeysOptions> = {}): Promise<Keys> => {
    const signs = signing === undefined ? {} : { signingKeyId: signing };
    const keys = await kmsKeys({ region, endpoint: proxy.url, keyId, ...signs, ...options });
    opened.push(keys);
    return keys;
  };
  return {
    proxy,
    keyId,
    keys: await cold(),
    cold,
    async [Symbol.asyncDispose]() {
      for (const keys of opened) await keys.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

async function failure(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => expect.unreachable("it did not fail"),
    (thrown: unknown) => thrown as Error,
  );
}

/** What a person needs: which key, where, which permission, what to run. */
function expectTold(error: Error, { keyId, action, advice }: { keyId: string; action?: string; advice: RegExp }): void {
  expect(error).toBeInstanceOf(KeysError);
  expect((error as KeysError).reason).toBe("key_unavailable");
  expect(error.message).toContain(keyId);
  expect(error.message).toContain(region);
  if (action !== undefined) expect(error.message).toContain(`kms:${action}`);
  expect(error.message).toMatch(advice);
}

const alias = "alias/of-this-test";
/** Each call of KMS, and what makes it. */
const calls: readonly [string, (keys: Keys, sealed: Uint8Array) => Promise<unknown>, Partial<KmsKeysOptions>][] = [
  ["GenerateDataKey", (keys) => keys.seal(Buffer.from("x"), context), {}],
  ["Decrypt", (keys, sealed) => keys.open(sealed, context), {}],
  ["DescribeKey", (keys) => keys.check(), {}],
  ["DescribeKey", (keys) => keys.seal(Buffer.from("x"), context), { keyId: alias }],
  ["GetPublicKey", (keys) => keys.jwks(), { signingKeyId: alias }],
  ["GetPublicKey", (keys) => keys.sign(soon()), { signingKeyId: alias }],
  ["RotateKeyOnDemand", (keys) => keys.rotate({ what: "sealing" }), {}],
];

describe.runIf(motoHere)("what KMS refuses", () => {
  const refusals: readonly [string, RegExp][] = [
    [
      "AccessDeniedException",
      /may not call kms:\w+ on the KMS key .*Allow it in the policy of its IAM role, and in the key's own/,
    ],
    ["DisabledException", /is disabled\. Run: aws kms enable-key --key-id /],
    ["KMSInvalidStateException", /may be about to be deleted.*aws kms cancel-key-deletion --key-id /],
    ["NotFoundException", /has no key .*A key lives in one region: check KMS_KEY_ID.*aws kms describe-key --key-id /],
    ["InvalidKeyUsageException", /cannot be used for kms:\w+: KMS_KEY_ID needs a symmetric key/],
    ["UnrecognizedClientException", /AWS did not take the credentials .*aws sts get-caller-identity/],
    ["ExpiredTokenException", /AWS did not take the credentials .*aws sts get-caller-identity/],
  ];
  const each = calls.flatMap(([action, call, options]) =>
    refusals.map(([error, advice]) => [error, action, call, options, advice] as const),
  );
  test.each(each)(
    "[keys.kms.errors] %s of %s tells the key, the region, the action and what to do",
    async (error, action, call, options, advice) => {
      await using own = await bed();
      const sealed = await own.keys.seal(Buffer.from("x"), context);
      own.proxy.answer = (asked) => (asked === action ? { error, message: "as KMS would say" } : undefined);
      const keys = await own.cold(options);
      const said = await failure(call(keys, sealed));
      const names = { ...options };
      const keyId = names.signingKeyId ?? names.keyId ?? own.keyId;
      expectTold(said, { keyId, ...(error === "NotFoundException" ? {} : { action }), advice });
      expect(said.message).not.toContain("as KMS would say");
    },
  );

  test("[keys.kms.errors] what was refused works as soon as it is allowed", async () => {
    await using own = await bed();
    own.proxy.answer = () => ({ error: "AccessDeniedException" });
    const keys = await own.cold();
    await failure(keys.seal(Buffer.from("x"), context));
    own.proxy.answer = () => undefined;
    expect(await keys.open(await keys.seal(Buffer.from("x"), context), context)).toHaveLength(1);
  });

  test("[keys.kms.errors] a throttled call is one to try again, after the SDK has tried by itself", async () => {
    await using own = await bed();
    own.proxy.answer = () => ({ error: "ThrottlingException" });
    const said = await failure(own.keys.seal(Buffer.from("x"), context));
    expect(said).toBeInstanceOf(ThrottledError);
    expect(own.proxy.calls.get("GenerateDataKey")).toBe(3);
  });

  test("[keys.kms.errors] a key that is not there, by its id, its ARN and an alias", async () => {
    await using own = await bed();
    const missing = "11111111-2222-4333-8444-555555555555";
    for (const keyId of [missing, own.keyId.replace(/[^/]+$/, missing), "alias/nowhere"]) {
      const keys = await own.cold({ keyId });
      const advice = /has no key .*aws kms describe-key --key-id /;
      expectTold(await failure(keys.check()), { keyId, advice });
      expectTold(await failure(keys.seal(Buffer.from("x"), context)), { keyId, advice });
    }
  });

  test("[keys.kms.errors] a key of another region is refused before KMS is asked", async () => {
    await using own = await bed();
    const said = await failure(own.cold({ region: "us-east-1" }));
    expect(said.message).toMatch(/is in eu-central-1, and KMS_REGION is us-east-1.*set KMS_REGION=eu-central-1\./);
  });

  test("[keys.kms.errors] a key that is disabled or to be deleted is told by the probe", async () => {
    await using own = await bed();
    const client = kmsClient(own.proxy.url);
    const id = own.keyId.split("/")[1] ?? "";
    await client.disableKey({ KeyId: id });
    expectTold(await failure((await own.cold()).check()), {
      keyId: own.keyId,
      advice: /is disabled\. Run: aws kms enable-key/,
    });
    await client.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 });
    expectTold(await failure((await own.cold()).check()), { keyId: own.keyId, advice: /aws kms cancel-key-deletion/ });
    client.destroy();
  });

  test("[keys.kms.errors] a key that signs does not seal, and one that seals does not sign", async () => {
    await using own = await bed();
    const signs = await createKmsKey(own.proxy.url, { KeyUsage: "SIGN_VERIFY", KeySpec: "RSA_2048" });
    const sealing = await own.cold({ keyId: signs });
    expectTold(await failure(sealing.check()), { keyId: signs, advice: /KMS_KEY_ID needs a symmetric key/ });
    const signing = await own.cold({ signingKeyId: signs });
    expectTold(await failure(signing.sign(soon())), {
      keyId: signs,
      advice: /is no Ed25519 key\. KMS_SIGNING_KEY_ID needs/,
    });
  });

  test("[keys.kms.errors] without a signing key nothing is signed, and what to make is told", async () => {
    await using own = await bed();
    expect((await failure(own.keys.sign(soon()))).message).toMatch(/set KMS_SIGNING_KEY_ID.*ECC_NIST_EDWARDS25519/);
    expect(await own.keys.jwks()).toEqual({ keys: [] });
  });

  test("[keys.kms.errors] what a key that was dropped sealed names that key", async () => {
    await using own = await bed();
    const sealed = await own.keys.seal(Buffer.from("x"), context);
    const next = await own.cold({ keyId: await createKmsKey(own.proxy.url) });
    const said = await failure(next.open(sealed, context));
    expectTold(said, { keyId: own.keyId, advice: /neither KMS_KEY_ID nor in KMS_PREVIOUS_KEY_IDS.*Add it there/ });
  });
});

describe("KMS out of reach", () => {
  const unreachable = async (endpoint: string) => {
    const keyId = `arn:aws:kms:${region}:123456789012:key/11111111-2222-4333-8444-555555555555`;
    await using keys = await kmsKeys({ region, endpoint, keyId });
    const started = performance.now();
    for (const call of [() => keys.seal(Buffer.from("x"), context), () => keys.check()]) {
      const said = await failure(call());
      expect(said).toBeInstanceOf(UnavailableError);
      expect(said.message).toMatch(
        /KMS in eu-central-1 did not answer kms:\w+ for key arn:aws:kms.*AWS_ENDPOINT_URL_KMS/,
      );
    }
    return performance.now() - started;
  };

  test("[keys.kms.errors] where nothing listens", async () => {
    await unreachable("http://127.0.0.1:9");
  });

  test("[keys.kms.errors] where every connection is cut", async () => {
    await using proxy = await kmsProxy("http://127.0.0.1:9");
    proxy.answer = () => "hang up";
    await unreachable(proxy.url);
  });

  test("[keys.kms.errors] where nobody ever answers, within half a minute", { timeout: 60_000 }, async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await unreachable(`http://127.0.0.1:${port}`)).toBeLessThan(35_000);
    server.close();
  });
});

describe.runIf(motoHere)("names and rotation", () => {
  test("[keys.kms.alias] a key is named by ARN, id or alias, and what one sealed the others open", async () => {
    await using own = await bed();
    const client = kmsClient(own.proxy.url);
    const name = `alias/aloft-${process.pid}`;
    await client.createAlias({ AliasName: name, TargetKeyId: own.keyId });
    const aliasArn = own.keyId.replace(/key\/.*$/, name);
    const sealed = await own.keys.seal(Buffer.from("x"), context);
    for (const keyId of [own.keyId.split("/")[1] ?? "", name, aliasArn]) {
      const keys = await own.cold({ keyId });
      expect(String(await keys.open(sealed, context))).toBe("x");
      expect((await keys.sealedBy(await keys.seal(Buffer.from("y"), context))).keyId).toBe(own.keyId);
      expect(await keys.needsResealing(sealed)).toBe(false);
    }
    client.destroy();
  });

  test("[keys.rotate.readable] KMS rotates inside the key: new data keys at once, old values open, nothing to re-seal", async () => {
    await using own = await bed();
    const before = await own.keys.seal(Buffer.from("before"), context);
    const rotation = await own.keys.rotate({ what: "sealing" });
    expect(rotation).toMatchObject({ keyId: own.keyId, previousKeyId: own.keyId, resealing: false });
    const after = await own.keys.seal(Buffer.from("after"), context);
    expect(Object.fromEntries(own.proxy.calls)).toMatchObject({ GenerateDataKey: 2, RotateKeyOnDemand: 1 });
    const cold = await own.cold();
    expect([String(await cold.open(before, context)), String(await cold.open(after, context))]).toEqual([
      "before",
      "after",
    ]);
    expect(await cold.needsResealing(before)).toBe(false);
  });

  test("[keys.rotate.minimum] what cannot be done on KMS says what to do instead", async () => {
    await using own = await bed();
    expect((await failure(own.keys.rotate({ what: "sealing", minimumVersion: 2 }))).message).toMatch(
      /KMS_PREVIOUS_KEY_IDS/,
    );
    expect((await failure(own.keys.rotate({ what: "signing" }))).message).toMatch(
      /create-key --key-spec ECC_NIST_EDWARDS25519/,
    );
  });
});

describe.runIf(ministackHere)("signing by KMS", () => {
  const edwards = { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" } as const;

  test("[keys.kms.errors] denied kms:Sign is told", async () => {
    const signing = await createKmsKey((await service("ministack")).url, edwards);
    await using own = await bed("ministack", signing);
    own.proxy.answer = (action) => (action === "Sign" ? { error: "AccessDeniedException" } : undefined);
    const said = await failure(own.keys.sign(soon()));
    expectTold(said, { keyId: signing, action: "Sign", advice: /may not call kms:Sign/ });
  });

  test("[keys.sign.overlap] jose verifies before, during and after the signing key is exchanged", async () => {
    const { createLocalJWKSet, jwtVerify } = await import("jose");
    const endpoint = (await service("ministack")).url;
    const [old, next] = [await createKmsKey(endpoint, edwards), await createKmsKey(endpoint, edwards)];
    await using own = await bed("ministack", old);
    const steps = [
      { signingKeyId: old, publishedSigningKeyIds: [] },
      { signingKeyId: old, publishedSigningKeyIds: [next] },
      { signingKeyId: next, publishedSigningKeyIds: [old] },
    ];
    const seen: { tokens: string[]; kids: string[] } = { tokens: [], kids: [] };
    for (const step of steps) {
      const keys = await own.cold(step);
      seen.tokens.push(await keys.sign({ sub: "agt_1", ...soon() }));
      const published = await keys.jwks();
      seen.kids.push(
        published.keys
          .map(({ kid }) => kid)
          .toSorted()
          .join(),
      );
      const set = createLocalJWKSet({ keys: [...published.keys] });
      for (const token of seen.tokens) expect((await jwtVerify(token, set)).payload.sub).toBe("agt_1");
    }
    expect(new Set(seen.kids).size).toBe(2);
    const after = await own.cold({ signingKeyId: next });
    expect((await after.jwks()).keys).toHaveLength(1);
  });

  test("[keys.sign.overlap] a published key that cannot be had hides no other, and is told", async () => {
    const signing = await createKmsKey((await service("ministack")).url, edwards);
    await using own = await bed("ministack", signing);
    const notices: string[] = [];
    const gone = `arn:aws:kms:${region}:000000000000:key/11111111-2222-4333-8444-555555555555`;
    const keys = await own.cold({ publishedSigningKeyIds: [gone], onNotice: (notice) => notices.push(notice) });
    expect((await keys.jwks()).keys).toHaveLength(1);
    expect(notices).toEqual([expect.stringContaining(gone)]);
  });

  test("[keys.sign.bounded] a token larger than KMS signs is refused before it is asked", async () => {
    const signing = await createKmsKey((await service("ministack")).url, edwards);
    await using own = await bed("ministack", signing);
    await expect(own.keys.sign({ ...soon(), note: "x".repeat(5000) })).rejects.toMatchObject({ code: "too_large" });
    expect(own.proxy.calls.get("Sign")).toBeUndefined();
  });
});
