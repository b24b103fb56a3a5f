import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

async function listening(server: ReturnType<typeof createServer>): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer in an emulator's place: an error of AWS by its name, or a body. */
export type Instead =
  | { readonly error: string; readonly message?: string; readonly status?: number }
  | { readonly body: unknown };

export interface Recorder extends Listening {
  /** The operations asked for so far, such as `BatchGetSecretValue`. */
  readonly asked: string[];
  /** Bodies of the requests, in the same order. */
  readonly bodies: any[];
  /** What to answer in the emulator's place, until it is taken away. */
  instead: ((operation: string, body: any) => Instead | undefined) | undefined;
  /** What happens before a request is passed on. */
  before: ((operation: string) => Promise<void>) | undefined;
}

/** Stands before an emulator, counts what is asked of it, and errs where emulators do not. */
export async function recorder(target = "http://127.0.0.1:9"): Promise<Recorder> {
  const asked: string[] = [];
  const bodies: any[] = [];
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation = String(incoming.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const parsed: unknown = JSON.parse(body.toString() || "{}");
    asked.push(operation);
    bodies.push(parsed);
    await self.before?.(operation);
    const instead = self.instead?.(operation, parsed);
    if (instead === undefined) {
      forward(target, incoming, body, answer);
      return;
    }
    const failed = "error" in instead;
    answer.writeHead(failed ? (instead.status ?? 400) : 200, { "content-type": "application/x-amz-json-1.1" });
    answer.end(JSON.stringify(failed ? { __type: instead.error, message: instead.message ?? "" } : instead.body));
  };
  const server = await listening(createServer((incoming, answer) => void handle(incoming, answer)));
  const self: Recorder = { ...server, asked, bodies, instead: undefined, before: undefined };
  return self;
}

function forward(target: string, incoming: IncomingMessage, body: Buffer, answer: ServerResponse): void {
  const { host: _, ...headers } = incoming.headers;
  const onward = request(`${target}${incoming.url ?? "/"}`, { method: incoming.method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  onward.end(body);
}

/** Accepts connections and never says a word. */
export async function stalled(): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => void sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An address on which nobody listens. */
export async function refused(): Promise<string> {
  const { url, ...server } = await stalled();
  await server[Symbol.asyncDispose]();
  return url;
}

/** The environment of a process that reaches AWS at this address. */
export function awsEnv(url: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    ALOFT_ENV: "prod",
    ...more,
  };
}

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

export function secretsManager(url: string): SecretsManagerClient {
  return new SecretsManagerClient({ endpoint: url, region: "us-east-1", credentials });
}

/** Puts secrets into an emulator: a text as it is, an object as JSON, bytes as a binary secret. */
export async function store(url: string, secrets: Readonly<Record<string, string | object>>): Promise<void> {
  using client = disposable(secretsManager(url));
  for (const [Name, value] of Object.entries(secrets)) {
    const content =
      value instanceof Uint8Array
        ? { SecretBinary: value }
        : { SecretString: typeof value === "string" ? value : JSON.stringify(value) };
    await client.send(new CreateSecretCommand({ Name, ...content }));
  }
}

export async function storeParameters(url: string, parameters: Readonly<Record<string, string>>): Promise<void> {
  using client = disposable(new SSMClient({ endpoint: url, region: "us-east-1", credentials }));
  for (const [Name, Value] of Object.entries(parameters)) {
    await client.send(new PutParameterCommand({ Name, Value, Type: "SecureString" }));
  }
}

export function disposable<T extends { destroy(): void }>(client: T): T & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}
