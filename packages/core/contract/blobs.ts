import { describe } from "vitest";
import { blobNameTests } from "./blobs-names.ts";
import { blobReadTests } from "./blobs-read.ts";
import { blobSignedTests } from "./blobs-signed.ts";
import { blobWriteTests } from "./blobs-write.ts";
import type { Blobs } from "../src/ports/blobs.ts";

/** Blobs under test: empty ones of the fixture's own. */
export interface BlobsFixture extends AsyncDisposable {
  readonly blobs: Blobs;
  /** The same blobs, opened anew. */
  readonly reopen: () => Promise<Blobs>;
  /** How many bytes make several parts, where large ones are sent in parts. */
  readonly largeBytes: number;
  /** Moves the clock that signatures expire by. Absent: nothing can, so the shortest lifetime is waited for. */
  readonly advance?: (ms: number) => void;
  /** What the service behind it gets wrong, which the adapter cannot help. Each is listed with its date where it is set. */
  readonly defects?: readonly BlobsDefect[];
}

export type BlobsDefect =
  | "signature-not-checked"
  | "empty-signature-accepted"
  | "checksum-not-checked"
  | "expiry-not-checked"
  | "signed-headers-not-checked";

/** What every {@link Blobs} promises. Run it as `blobsContract("filesystem", () => …)` within a test file. */
export function blobsContract(name: string, open: () => Promise<BlobsFixture>): void {
  describe(`blobs contract: ${name}`, () => {
    blobWriteTests(open);
    blobReadTests(open);
    blobNameTests(open);
    blobSignedTests(open);
  });
}
