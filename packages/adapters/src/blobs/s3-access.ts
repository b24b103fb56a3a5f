import type { S3Client } from "@aws-sdk/client-s3";
import { ConflictError } from "@aloft/core/errors";
import { type S3Action, statusOf } from "./s3-errors.ts";

/** Everything the parts of the adapter share. */
export interface S3Access {
  readonly client: S3Client;
  readonly bucket: string;
  readonly kmsKeyId: string | undefined;
  readonly stallMs: number;
  readonly keyOf: (name: string) => string;
  /** The name of an object; undefined if it is none of ours. */
  readonly nameOf: (key: string) => string | undefined;
  /** Throws what S3 throws as the port's. */
  readonly asking: <T>(action: S3Action, work: () => Promise<T>) => Promise<T>;
  readonly translate: (error: unknown, action: S3Action) => Promise<unknown>;
}

export function sendOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** What a write under `If-None-Match: *` lost to. */
export function lostTo(name: string, error: unknown): ConflictError | undefined {
  const status = statusOf(error);
  if (status !== 412 && status !== 409) return undefined;
  const reason = status === 412 ? "exists" : "contention";
  const message = status === 412 ? `There is a blob ${name} already.` : `Another upload of ${name} was in the way.`;
  return new ConflictError(message, { reason, table: "blobs" }, { cause: error });
}
