import { AloftError } from "../errors.ts";

/** What every adapter can hold. */
export const blobLimits = {
  /** Leaves room for a prefix within the 1,024 bytes of a key on S3. */
  maxNameBytes: 900,
  /** Of a part between slashes: twice of it fits a file's name. */
  maxSegmentBytes: 120,
  /** Before every name, where an adapter takes one. */
  maxPrefixBytes: 124,
  maxMetadataEntries: 16,
  /** Names and values together. S3 takes 2 KB with what is its own. */
  maxMetadataBytes: 1536,
  /** 10,000 parts of 8 MiB. */
  maxBytes: 10_000 * 8 * 1024 * 1024,
  maxPage: 1000,
  /** As long as a signature of AWS's may live. */
  maxSignedSeconds: 7 * 24 * 60 * 60,
} as const;

/** Bytes at once, or as they come: a stream of unknown length, which is never held whole. */
export type BlobBody = Uint8Array | AsyncIterable<Uint8Array>;

export interface BlobInfo {
  readonly name: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  /** In quotes, opaque, another one for other bytes. */
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PutBlobOptions {
  /** A media type, such as `image/png`. Default `application/octet-stream`. */
  readonly contentType?: string;
  /** Names of a-z, 0-9 and `-`; values of visible ASCII and spaces. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the bytes must come to, as 64 hex digits: if they do not, nothing is stored. */
  readonly sha256?: string;
  /** `*`: only if there is no blob of this name. Of those who race, one wins. */
  readonly ifNoneMatch?: "*";
  /** Stores nothing once it aborts. */
  readonly signal?: AbortSignal;
}

export interface PutBlob {
  readonly etag: string;
  readonly sizeBytes: number;
  /** Of the bytes that were stored, as 64 hex digits. */
  readonly sha256: string;
}

/** From `first` to `last`, both included, or to the end; or the last `suffix` bytes. All counted in bytes from 0. */
export type BlobRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

export interface GetBlobOptions {
  readonly range?: BlobRange;
  /** Etags that the caller has: of one of them no bytes are sent. */
  readonly ifNoneMatch?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Holds a file or a connection until it is read to its end, left in the middle (`break`), or disposed of. */
export interface FoundBlob extends AsyncDisposable {
  readonly status: "found";
  readonly info: BlobInfo;
  /** What the body holds, where a part was asked for. */
  readonly range?: { readonly first: number; readonly last: number };
  /** To be read once. @throws {UnavailableError} cut off or stalled. @throws {IncompatibleError} damaged. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface UnmodifiedBlob extends AsyncDisposable {
  readonly status: "not-modified";
  readonly etag: string;
}

export interface BlobPage {
  readonly items: readonly Pick<BlobInfo, "name" | "sizeBytes" | "etag" | "modifiedAt">[];
  /** Of the page that follows; undefined on the last. */
  readonly next?: string;
}

export interface SignUploadOptions {
  readonly expiresInSeconds: number;
  readonly contentType: string;
  /** Exactly as many: another length is refused. */
  readonly sizeBytes: number;
  /** As 64 hex digits: other bytes are refused. */
  readonly sha256?: string;
}

export interface SignDownloadOptions {
  readonly expiresInSeconds: number;
  /** Overrides the blob's own. */
  readonly contentType?: string;
  /** Overrides what the answer says, such as `attachment; filename="a.pdf"`. */
  readonly contentDisposition?: string;
}

/** What anybody may send until it expires. Whoever has it needs nothing else: treat the URL as a secret. */
export interface SignedRequest {
  readonly method: "GET" | "PUT";
  readonly url: string;
  /** To be sent exactly so, `content-length` included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** A request to a URL that the adapter signed, as it came in. */
export interface IncomingRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | string;
}

export type BlobsErrorCode =
  | "blobs_bucket_not_found"
  | "blobs_wrong_region"
  | "blobs_access_denied"
  | "blobs_no_credentials"
  | "blobs_credentials_refused"
  | "blobs_key_unusable"
  | "blobs_clock_skewed"
  | "blobs_misconfigured";

/** Blobs cannot be kept as this is set up. `message` names what is wrong and what to run or set; trying again is vain. */
export class BlobsError extends AloftError {
  readonly code: BlobsErrorCode;

  constructor(code: BlobsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Files by name. The same on every adapter:
 *
 * - A blob is there whole or not at all, whenever the process, the connection or the disk fails. Whoever reads one while
 *   it is replaced reads the old one to its end.
 * - Names are parts of ASCII letters, digits and `-_.!'()~=@+,` between single slashes; no part is empty or ends with a
 *   dot. Names that differ in case alone are two. `a` and `a/b` may both be there.
 * - What was put is read, and listed, by everybody from then on.
 *
 * Every method may throw `UnavailableError` (unreachable, closed, too slow), `ThrottledError`, {@link BlobsError}, and
 * `InvalidError` (a name, type or limit that no adapter takes).
 */
export interface Blobs extends AsyncDisposable {
  /** The adapter's name, for logs. */
  readonly engine: string;
  /**
   * @throws {ConflictError} `exists`: `ifNoneMatch` was `*`, and there is one.
   * @throws {InvalidError} the bytes are not those of `sha256`.
   * @throws {StorageFullError} @throws {TooLargeError} over `maxBytes`.
   * An error of the body's own, or the signal's reason, is thrown as it is. In each case nothing is stored.
   */
  put(name: string, body: BlobBody, options?: PutBlobOptions): Promise<PutBlob>;
  /** Undefined if there is none. @throws {InvalidError} the range has no byte in this blob. */
  get(name: string, options?: GetBlobOptions): Promise<FoundBlob | UnmodifiedBlob | undefined>;
  head(name: string): Promise<BlobInfo | undefined>;
  /** Deleting what is not there is no error. */
  delete(name: string): Promise<void>;
  /**
   * Names that begin with `prefix`, in the order of their bytes.
   * @param options.limit 1 to 1,000. Default 1,000.
   * @throws {InvalidCursorError}
   */
  list(prefix: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<BlobPage>;
  /** @throws {BlobsError} `blobs_misconfigured`: nothing to sign with. */
  signUpload(name: string, options: SignUploadOptions): Promise<SignedRequest>;
  signDownload(name: string, options: SignDownloadOptions): Promise<SignedRequest>;
  /** Answers requests to the URLs it signed, where no service of the adapter's does: mount it at its `baseUrl`. */
  readonly serve?: (request: IncomingRequest) => Promise<OutgoingAnswer>;
  /** Resolves if blobs can be kept and read now. */
  check(): Promise<void>;
  /** Closing twice is no error. */
  close(): Promise<void>;
}
