import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How KMS answers a call instead of the emulator. Undefined: the emulator answers. */
export type Answer =
  | { readonly error: string; readonly message?: string; readonly status?: number }
  | { readonly json: unknown }
  | "hang up";
export type Answering = (action: string, body: Readonly<Record<string, unknown>>) => Answer | undefined;

/** Stands before an emulator of KMS: counts calls by action, and answers those that a test wants answered otherwise. */
export interface KmsProxy extends AsyncDisposable {
  readonly url: string;
  readonly calls: Map<string, number>;
  answer: Answering;
}

export async function kmsProxy(target: string): Promise<KmsProxy> {
  const proxy = { calls: new Map<string, number>(), answer: (() => undefined) as Answering };
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, target, proxy).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: string,
  proxy: Pick<KmsProxy, "calls" | "answer">,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const action = String(incoming.headers["x-amz-target"]).replace(/^TrentService\./, "");
  proxy.calls.set(action, (proxy.calls.get(action) ?? 0) + 1);
  const answer = proxy.answer(action, JSON.parse(body.toString("utf8")) as Record<string, unknown>);
  if (answer === "hang up") outgoing.destroy();
  else if (answer === undefined) forward(incoming, outgoing, target, body);
  else {
    const [status, json] =
      "json" in answer ? [200, answer.json] : [answer.status ?? 400, { __type: answer.error, message: answer.message }];
    outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(json));
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string, body: Buffer): void {
  const { host: _host, ...headers } = incoming.headers;
  const sent = request(target + (incoming.url ?? "/"), { method: incoming.method ?? "POST", headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  sent.on("error", () => outgoing.destroy());
  sent.end(body);
}
