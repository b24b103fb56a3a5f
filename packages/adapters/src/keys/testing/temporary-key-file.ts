import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeysUnderTest } from "@aloft/core/contract/keys";
import type { Keys } from "@aloft/core/ports/keys";
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from "@aws-crypto/client-node";
import { providers } from "../envelopes.ts";
import { fileKeys } from "../file.ts";
import { currentSealingKey, type KeyFileContent } from "../key-file-content.ts";
import { downgraded } from "./downgraded.ts";

/** Keys in a file of their own, which goes with them. */
export async function openTemporaryKeys(): Promise<KeysUnderTest & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-keys-"));
  const path = join(folder, "keys.json");
  const opened: Keys[] = [];
  const open = async (at: string): Promise<Keys> => {
    const keys = await fileKeys({ path: at });
    opened.push(keys);
    return keys;
  };
  return {
    path,
    keys: await open(path),
    reopen: () => open(path),
    stranger: () => open(join(folder, "stranger.json")),
    async renew() {
      const keys = await open(path);
      await keys.rotate({ what: "sealing" });
      return keys;
    },
    async downgraded(suite, plaintext, context) {
      const { id, key } = currentSealingKey(JSON.parse(await readFile(path, "utf8")) as KeyFileContent);
      const keyring = new RawAesKeyringNode({
        keyNamespace: providers.file,
        keyName: id,
        unencryptedMasterKey: new Uint8Array(Buffer.from(key, "base64")),
        wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
      });
      return downgraded(keyring, suite, plaintext, context);
    },
    async [Symbol.asyncDispose]() {
      for (const keys of opened) await keys.close();
      await rm(folder, { recursive: true });
    },
  };
}
