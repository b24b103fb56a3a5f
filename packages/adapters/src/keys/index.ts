import type { Keys } from "@aloft/core/ports/keys";
import type { DataKeyLimits } from "./envelopes.ts";
import type { SigningPeriods } from "./tokens.ts";

/** Where the keys are kept. */
export type KeysConfig =
  | {
      readonly type: "file";
      /** The key file. */
      readonly path: string;
    }
  | {
      readonly type: "kms";
      /** Default: what the AWS SDK finds in the environment. */
      readonly region?: string;
      /** Default: AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL or AWS's own. */
      readonly endpoint?: string;
      /** What seals: a symmetric key, by ARN, id or alias. */
      readonly keyId: string;
      /** What sealed before, oldest first, and still opens. One that is left out is refused. */
      readonly previousKeyIds?: readonly string[];
      /** What signs: an ECC_NIST_EDWARDS25519 key. Without it, nothing can be signed. */
      readonly signingKeyId?: string;
      /** Signing keys that are published and do not sign: the next one, and those whose tokens have not all ended. */
      readonly publishedSigningKeyIds?: readonly string[];
    };

export interface OpenKeysOptions {
  /** Default: the system's clock. */
  readonly now?: () => Date;
  readonly dataKeys?: Partial<DataKeyLimits>;
  readonly signing?: Partial<SigningPeriods>;
  /** Told what somebody should know, though the keys work. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Opens the keys that are configured, loading what they need alone.
 * @throws {KeysError} what keeps them from being used, with what to do about it.
 */
export async function openKeys(config: KeysConfig, options: OpenKeysOptions = {}): Promise<Keys> {
  switch (config.type) {
    case "file": {
      const { fileKeys } = await import("./file.ts");
      return fileKeys({ path: config.path, ...options });
    }
    case "kms": {
      const { kmsKeys } = await import("./kms.ts");
      const { type: _type, ...kms } = config;
      return kmsKeys({ ...kms, ...options });
    }
    default:
      throw new TypeError(`There are no keys of the type ${JSON.stringify((config as { type: unknown }).type)}.`);
  }
}
