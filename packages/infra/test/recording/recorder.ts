import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type RecordedService = "dynamodb" | "kms" | "secretsmanager" | "ssm" | "s3";

/** One request to AWS, as it went over the wire. */
export interface RecordedCall {
  readonly service: RecordedService;
  /** Who was at work then. */
  readonly by: string;
  readonly method: string;
  readonly url: URL;
  /** What it asks for, where a header says so. */
  readonly target: string;
  readonly body: Buffer;
  readonly copySource: string | undefined;
}

export interface Recorder extends AsyncDisposable {
  readonly calls: readonly RecordedCall[];
  readonly urls: Readonly<Record<RecordedService, string>>;
  /** From now on, somebody else is at work. */
  by(program: string): void;
}

/** Stands before emulators, passes everything on, and keeps it: what is recorded is what any SDK sent. */
export async function recorder(upstream: Readonly<Record<RecordedService, string>>): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  let program = "nobody";
  const servers = await Promise.all(
    Object.entries(upstream).map(async ([name, to]) => {
      const service = name as RecordedService;
      const server = createServer((incoming, answer) => {
        void (async () => {
          const body = await buffer(incoming);
          calls.push(callOf(service, program, incoming, body));
          const onward = httpRequest(new URL(incoming.url ?? "/", to), {
            method: incoming.method,
            headers: incoming.headers,
          });
          onward.on("response", (response) => {
            answer.writeHead(response.statusCode ?? 502, response.headers);
            response.pipe(answer);
          });
          onward.on("error", () => answer.destroy());
          onward.end(body);
        })().catch(() => answer.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return { service, server, url };
    }),
  );
  return {
    calls,
    urls: Object.fromEntries(servers.map(({ service, url }) => [service, url])) as Recorder["urls"],
    by: (next) => void (program = next),
    async [Symbol.asyncDispose]() {
      for (const { server } of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function callOf(service: RecordedService, by: string, incoming: IncomingMessage, body: Buffer): RecordedCall {
  const { headers, method = "GET", url = "/" } = incoming;
  return {
    service,
    by,
    method,
    url: new URL(url, "http://aws"),
    target:
      String(headers["x-amz-target"] ?? "")
        .split(".")
        .at(-1) ?? "",
    body,
    copySource: headers["x-amz-copy-source"]?.toString(),
  };
}
