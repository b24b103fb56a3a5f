import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { AloftError } from "@aloft/core/errors";
import { ensureOwner } from "@aloft/core/identity/owner";
import { createSignInLink } from "@aloft/core/identity/sessions";
import { watchSecrets } from "@aloft/core/secrets/watch-secrets";
import type { FastifyInstance } from "fastify";
import { compose, loadConfiguredSecrets, type StoreRequest } from "./compose.ts";
import { readEnvironment } from "./config/env.ts";
import { loadConfig } from "./config/load.ts";
import { buildApp } from "./http/app.ts";
import { createLogger } from "./http/logging.ts";
import { signInUrl } from "./routes/auth/sign-in-url.ts";
import { routes } from "./routes/index.ts";
import type { Services } from "./services.ts";
import { openTracing } from "./tracing/tracing.ts";
import { version } from "./version.ts";
import { createSockets } from "./ws/socket.ts";

export interface StartOptions {
  /** The process's environment; `.env` files are read beside it where they may be. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Before PORT. 0: any free port. */
  readonly port?: number;
  /** Before HOST. */
  readonly host?: string;
  /** Before ALOFT_DATA_DIR. */
  readonly dataDir?: string;
  /** Where log lines go. Default: standard error. */
  readonly logTo?: NodeJS.WritableStream;
  /** Told of every request to the store's server, with what it cost. */
  readonly onStoreRequest?: (request: StoreRequest) => void;
}

export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  /** The model that answers unless an agent names another. */
  readonly model: string;
  /** Turns that an earlier process left unfinished, now marked as failed. */
  readonly interruptedTurns: number;
  /** What somebody should know, though the server runs. */
  readonly warnings: readonly string[];
  /** A one-time link that signs the owner in. */
  createSignInLink(): Promise<string>;
  /** Takes no more, finishes what is under way, and closes. */
  close(): Promise<void>;
}

const consoleDir = fileURLToPath(new URL("../../console/dist", import.meta.url));
/** Secrets that are taken up while the server runs; others at its next start. */
const providerKeys = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GROK_API_KEY"] as const;

/** The server cannot listen where it was told to. */
export class ListenError extends AloftError {
  readonly code: "port_in_use" | "port_forbidden" | "host_unknown";

  constructor(code: ListenError["code"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Starts the whole server in this process: configuration, store, models, leftovers of the last run, HTTP.
 * @throws {ConfigError} with every fault of the environment.
 * @throws {SecretsError} what AWS is to keep is missing, or AWS cannot be asked.
 * @throws {ListenError}
 * @throws {AloftError} what cannot be opened, with what to do about it. Nothing is left open.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  await using opened = new AsyncDisposableStack();
  const early: string[] = [];
  const logTo = options.logTo === undefined ? {} : { destination: options.logTo };
  let onNotice = (notice: string): void => void early.push(notice);
  const kept = await loadConfiguredSecrets(readEnvironment(options.env, process.cwd()), (notice) => onNotice(notice));
  if (kept !== undefined) opened.use(kept);
  const withKept = () => loadConfig({ ...options, env: { ...options.env, ...kept?.current() } });
  const { config, warnings, secrets } = await withKept().catch((error: unknown) => {
    // What AWS lacks may be why.
    const logger = createLogger({ level: "warn", secrets: new Set(Object.values(kept?.current() ?? {})), ...logTo });
    for (const notice of early) logger.warn(notice);
    throw error;
  });
  const hidden = new Set(secrets);
  const logger = createLogger({
    level: config.logLevel,
    secrets: hidden,
    ...logTo,
  });
  const onUnexpected = (error: unknown) => logger.error({ err: error }, "unexpected");
  // What the provider said is in the conversation; here it is counted.
  const onModelError = (code: string) => logger.warn({ code }, "model failed");
  onNotice = (notice) => logger.warn(notice);
  early.forEach(onNotice);
  const tracing = await openTracing(config, version);
  if (tracing !== undefined) opened.use(tracing);
  const { onStoreRequest } = options;
  const { services, announce, reloadModels } = opened.use(
    await compose(config, { onUnexpected, onModelError, onNotice, onStoreRequest, tracing }),
  );
  if (kept !== undefined) {
    const reload = async () => {
      const changed = await withKept();
      for (const secret of changed.secrets) hidden.add(secret);
      await reloadModels(changed.config.models);
      logger.info("the keys of the model providers were changed");
    };
    opened.defer(watchSecrets(kept, providerKeys, reload, { onError: onUnexpected }));
  }
  const ownerId = await ensureOwner(services.store, services.now());
  const interruptedTurns = await services.turns.recover();
  if (interruptedTurns > 0) logger.warn({ interruptedTurns }, "replies were cut off by the last stop; they say so");
  const app = buildApp({
    routes,
    services,
    logger,
    version,
    consoleDir,
    ...(tracing === undefined ? {} : { tracing }),
  });
  const sockets = createSockets(services, onUnexpected);
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.upgrade(request, socket, head);
  });
  opened.defer(() => shutDown(app, services, sockets));
  const url = await listen(app, config.listen);
  announce(url);
  const owned = opened.move();
  return {
    url,
    dataDir: config.dataDir,
    model: services.models.list()[0]?.id ?? "",
    interruptedTurns,
    warnings,
    async createSignInLink() {
      const { secret } = await createSignInLink(services.store, services.now(), ownerId);
      return signInUrl(url, secret);
    },
    close: () => owned.disposeAsync(),
  };
}

async function shutDown(
  app: FastifyInstance,
  { config, turns, events }: Services,
  sockets: { close(): Promise<void> },
) {
  const closing = app.close();
  await turns.close(config.stopGraceMs);
  events.close();
  await sockets.close();
  await closing;
}

async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const problems: Readonly<Record<string, readonly [ListenError["code"], string]>> = {
      EADDRINUSE: [
        "port_in_use",
        `Port ${port} on ${host} is taken by another program. Stop it, or choose another: --port 0 takes any free one.`,
      ],
      EACCES: ["port_forbidden", `This user may not listen on port ${port}. Choose one above 1023, such as 3000.`],
      EADDRNOTAVAIL: ["host_unknown", `${host} is no address of this machine. Set HOST to one, such as 127.0.0.1.`],
    };
    const problem = problems[String(error.code)];
    if (problem === undefined) throw error;
    throw new ListenError(...problem, { cause: error });
  }
  const address = app.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  const named = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${named.includes(":") ? `[${named}]` : named}:${bound}`;
}
