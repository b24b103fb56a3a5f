import { blobsContract } from "@aloft/core/contract/blobs";
import { describe } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { filesystemFixture } from "./filesystem-fixture.ts";
import { s3Fixture } from "./s3-fixture.ts";

blobsContract("filesystem", filesystemFixture);

const moto = await available("S3 (moto)", () => service("moto"));
describe.runIf(moto)("moto", () => {
  // 2026-11-21, moto 5.2.5: it looks neither at signatures nor at when they end, nor at the headers and the checksum
  // they bind.
  const defects = [
    "signature-not-checked",
    "empty-signature-accepted",
    "expiry-not-checked",
    "signed-headers-not-checked",
    "checksum-not-checked",
  ] as const;
  blobsContract("S3 (moto)", async () => s3Fixture((await service("moto")).url, defects));
});

const ministack = await available("S3 (ministack)", () => service("ministack"));
describe.runIf(ministack)("ministack", () => {
  // 2026-11-21, ministack 1.5.33: a signature that is empty passes; any other has to be right.
  const defects = ["empty-signature-accepted"] as const;
  blobsContract("S3 (ministack)", async () => s3Fixture((await service("ministack")).url, defects));
});
