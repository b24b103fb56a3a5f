import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKeys } from "@aloft/adapters/keys/index";
import type { Keys } from "@aloft/core/ports/keys";
import type * as ClientNode from "@aws-crypto/client-node";
import { median } from "./data.ts";

const plaintext = Buffer.alloc(2048, "a token of somebody's ");
const roundTrips = 200;
const atOnce = 4;
const rounds = 61;
const frameLength = 64 * 1024;
const dataKeys = { maxAgeMs: 300_000, maxMessages: 10_000, maxBytes: 256 * 1024 * 1024, capacity: 1_000 };
const shared = { purpose: "bench.value", tenant: "org_1" };

type RoundTrip = (i: number) => Promise<Uint8Array>;

/** Seals and opens a second, a few at once; every value comes back as it was. */
async function rateOf(roundTrip: RoundTrip): Promise<number> {
  const started = performance.now();
  const worker = async (first: number): Promise<void> => {
    for (let i = first; i < roundTrips; i += atOnce) {
      if (!plaintext.equals(await roundTrip(i))) throw new Error("it did not come back as it was");
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, first) => worker(first)));
  return (roundTrips / (performance.now() - started)) * 1000;
}

/** Through the port: each value bound to a record of its own. */
function ours(keys: Keys): RoundTrip {
  return async (i) => {
    const context = { ...shared, record: { id: `rec_${i}`, attribute: "value" } };
    return keys.open(await keys.seal(plaintext, context), context);
  };
}

/** The AWS Encryption SDK by itself: the same suite, frames, limits and cache, bound to no record. */
async function raw(keyFile: string): Promise<RoundTrip> {
  const adapters = createRequire(import.meta.resolve("@aloft/adapters/keys/index"));
  const sdk = adapters("@aws-crypto/client-node") as typeof ClientNode;
  const { id, key } = JSON.parse(await readFile(keyFile, "utf8")).sealing[0];
  const keyring = new sdk.RawAesKeyringNode({
    keyNamespace: "aloft-file",
    keyName: id,
    unencryptedMasterKey: new Uint8Array(Buffer.from(key, "base64")),
    wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
  const cached = () =>
    new sdk.NodeCachingMaterialsManager({
      backingMaterials: keyring,
      cache: sdk.getLocalCryptographicMaterialsCache(dataKeys.capacity),
      maxAge: dataKeys.maxAgeMs,
      maxMessagesEncrypted: dataKeys.maxMessages,
      maxBytesEncrypted: dataKeys.maxBytes,
    });
  const [sealing, opening] = [cached(), cached()];
  const { encrypt, decrypt } = sdk.buildClient({
    commitmentPolicy: sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
    maxEncryptedDataKeys: 1,
  });
  const suiteId = sdk.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;
  return async () => {
    const { result } = await encrypt(sealing, plaintext, { suiteId, encryptionContext: shared, frameLength });
    return (await decrypt(opening, result, { maxBodySize: frameLength })).plaintext;
  };
}

/** Sealing and opening 2 KB under cached data keys. */
export default {
  name: "envelope",
  goal: "ratio ≥ 0.8 to the AWS Encryption SDK alone, same settings",
  async run(): Promise<{ ours: number; peer: number; ratio: number; unit: string }> {
    const folder = await mkdtemp(join(tmpdir(), "aloft-bench-"));
    try {
      const path = join(folder, "keys.json");
      await using keys = await openKeys({ type: "file", path }, { dataKeys });
      const [own, peer] = [ours(keys), await raw(path)];
      const results: { ours: number; peer: number }[] = [];
      for (let round = -1; round < rounds; round++) {
        const result = { peer: await rateOf(peer), ours: await rateOf(own) };
        // The first is to warm up.
        if (round >= 0) results.push(result);
      }
      return {
        ours: median(results.map((result) => result.ours)),
        peer: median(results.map((result) => result.peer)),
        ratio: median(results.map((result) => result.ours / result.peer)),
        unit: "seals and opens of 2 KB a second",
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
