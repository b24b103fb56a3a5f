/** What a value is sealed for. It opens only under the same; the order of attributes does not matter. */
export interface SealContext {
  /**
   * What kind of value it is, such as `idempotency_keys.sealedBody`. Values of one purpose and tenant share data keys;
   * KMS is told both, its key policies can ask for them, and its log shows them: nothing secret belongs here.
   */
  readonly purpose: string;
  /** Whose it is. Values of different tenants never share a data key. */
  readonly tenant?: string;
  /** The record it belongs to: its key and attribute. Kept inside the envelope; no log shows it. */
  readonly record: Readonly<Record<string, string>>;
}

/** The master key that sealed a value. */
export interface SealedBy {
  /** Its id in the key file, or its ARN. */
  readonly keyId: string;
  /** Of the key file, 1 being the first; undefined for a key that is not (or no longer) known here. */
  readonly version: number | undefined;
}

/** A public key as RFC 8037 writes it, under the name that tokens give as `kid`: its thumbprint. */
export interface PublicSigningKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  /** @see https://www.rfc-editor.org/rfc/rfc7638 */
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/** The claims of a token. */
export interface TokenClaims {
  /** Seconds since 1970. Required: a token that never ends could never lose its key. */
  readonly exp: number;
  readonly [claim: string]: unknown;
}

export type RotateOptions =
  | {
      readonly what: "sealing";
      /** From now on, what an older version than this sealed is refused. Default: as it is. */
      readonly minimumVersion?: number;
    }
  | { readonly what: "signing" };

export interface Rotation {
  readonly what: "sealing" | "signing";
  /** The key that is new: for signing, its `kid`. */
  readonly keyId: string;
  /** What there was before. */
  readonly previousKeyId: string | undefined;
  /** When it begins to be used. */
  readonly from: Date;
  /** Whether `reseal` has something to do for it: KMS rotates inside a key, and what it sealed stays as it is. */
  readonly resealing: boolean;
}

export interface MasterKeyStatus extends SealedBy {
  readonly state: "current" | "previous" | "refused";
  readonly createdAt: Date | undefined;
}

export interface SigningKeyStatus {
  readonly keyId: string;
  /** `published`: it does not sign, and whether it did or will is not known here. */
  readonly state: "next" | "current" | "previous" | "published";
  readonly signsFrom: Date | undefined;
  /** When it leaves the published ones; undefined while it signs or will sign. */
  readonly publishedUntil: Date | undefined;
}

export interface KeysStatus {
  readonly engine: string;
  /** The key file, or the region of KMS. */
  readonly where: string;
  readonly minimumVersion: number;
  readonly sealing: readonly MasterKeyStatus[];
  readonly signing: readonly SigningKeyStatus[];
}

/**
 * Seals values that are to be unreadable where they are stored, and signs tokens. Every adapter keeps the same promises,
 * and one contract suite holds it to them.
 *
 * - What is sealed is one message of the AWS Encryption SDK: a committing AES-256-GCM suite under a data key, which a
 *   master key wraps. Any library that reads its format and has the master key can decrypt it.
 * - It opens to exactly what was sealed, and only in the context it was sealed for. Of a value that was changed in any
 *   bit, cut, extended or moved to another record, nothing is given out.
 * - Data keys are shared by values of one purpose and tenant, for a limited time, number and size: the master key is
 *   asked at most once in a hundred seals, or opens of what was sealed together. However many ask at once, it is asked
 *   once.
 * - After a rotation what was sealed before still opens, until a minimum version says otherwise.
 * - A signing key is published before it signs, and stays published until the last token it signed has ended.
 *
 * Every method may throw {@link KeysError} (`key_unavailable`), `UnavailableError` and `ThrottledError`.
 */
export interface Keys extends AsyncDisposable {
  /** `file` or `kms`, for logs. */
  readonly engine: string;

  /** @throws {TooLargeError} over 1 MiB. @throws {InvalidError} the context names nothing. */
  seal(plaintext: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** @throws {KeysError} `elsewhere`, `changed` or `key_unavailable`. */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** Seals text, as base64. */
  sealText(text: string, context: SealContext): Promise<string>;
  /** Opens what `sealText` gave. @throws {KeysError} */
  openText(sealed: string, context: SealContext): Promise<string>;
  /** Which master key sealed it (base64, if a string), without opening it. @throws {KeysError} `changed`: no envelope. */
  sealedBy(sealed: Uint8Array | string): Promise<SealedBy>;
  /** Whether another master key than the current one sealed it. @throws {KeysError} `changed`: no envelope. */
  needsResealing(sealed: Uint8Array | string): Promise<boolean>;

  /**
   * A token: JWS in its compact form, EdDSA, with the signing key's `kid`.
   * @throws {InvalidError} `exp` is missing, over, or later than a key is sure to stay published.
   */
  sign(claims: TokenClaims, options?: { readonly type?: string }): Promise<string>;
  /** Every key that a valid token may be signed by now, or soon: for `/.well-known/jwks.json`. */
  jwks(): Promise<{ readonly keys: readonly PublicSigningKey[] }>;

  /** @throws {InvalidError} this cannot be done here, with what to do instead. */
  rotate(options: RotateOptions): Promise<Rotation>;
  status(): Promise<KeysStatus>;
  /** Resolves if the keys can be used now. @throws {KeysError} with the reason and what to do. */
  check(): Promise<void>;
  /** Forgets every data key. Closing twice is no error; every other method then throws `UnavailableError`. */
  close(): Promise<void>;
}
