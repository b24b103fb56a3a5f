import type { BlobsFixture } from "@aloft/core/contract/blobs";
import type { Blobs } from "@aloft/core/ports/blobs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openBlobs } from "../../src/blobs/index.ts";

/** Blobs in a folder of their own, and a server that answers the URLs they sign. */
export async function filesystemFixture(): Promise<BlobsFixture & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "aloft-blobs-"));
  let blobs: Blobs | undefined;
  let aheadMs = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const answer = await blobs?.serve?.({ method, url, headers, body: request });
    response.writeHead(answer?.status ?? 500, answer?.headers);
    if (answer === undefined || typeof answer.body === "string") response.end(answer?.body);
    else Readable.from(answer.body).pipe(response);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/blobs`;
  const config = { type: "filesystem", folder, signingSecret: "for tests, thirty-two characters.", baseUrl } as const;
  const reopen = () => openBlobs(config, { now: () => new Date(Date.now() + aheadMs) });
  blobs = await reopen();
  return {
    folder,
    blobs,
    reopen,
    largeBytes: 17_000_000,
    advance: (ms) => void (aheadMs += ms),
    async [Symbol.asyncDispose]() {
      await blobs?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
