import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type S3Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FaultyS3 extends AsyncDisposable {
  readonly url: string;
  /** Method and path with query of each request so far. */
  readonly seen: string[];
}

/** A server that answers as S3 does when something is wrong. */
export async function faultyS3(handle: S3Handler): Promise<FaultyS3> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** S3's answer to what it refuses; to a HEAD, its status alone. */
export function refusal(
  status: number,
  code: string,
  message = "",
  headers: Readonly<Record<string, string>> = {},
): S3Handler {
  return (request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(status, { "content-type": "application/xml", ...headers });
      const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      response.end(request.method === "HEAD" ? undefined : body);
    });
  };
}
