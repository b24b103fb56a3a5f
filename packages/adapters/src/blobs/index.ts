import type { Blobs } from "@aloft/core/ports/blobs";
import type { BlobsConfig, OpenBlobsOptions } from "./config.ts";

export type { BlobsConfig, OpenBlobsOptions } from "./config.ts";

/**
 * Opens the blobs that are configured, loading their adapter alone. Whether the service answers is asked by `check`.
 * @throws {BlobsError} what keeps them from opening, with what to do about it.
 */
export async function openBlobs(config: BlobsConfig, options: OpenBlobsOptions = {}): Promise<Blobs> {
  if (config.type === "filesystem") {
    const { filesystemBlobs } = await import("./filesystem.ts");
    return filesystemBlobs(config, options);
  }
  const { s3Blobs } = await import("./s3.ts");
  return s3Blobs(config, options);
}
