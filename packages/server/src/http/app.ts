import type { Server } from "node:http";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Services } from "../services.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { guardCaller } from "./access.ts";
import { limitArrival } from "./arrival.ts";
import { sessionCookie } from "./authenticate.ts";
import { answerClientError } from "./client-error.ts";
import { registerDescription } from "./description.ts";
import { type Check, registerHealth } from "./health.ts";
import { idempotency } from "./idempotency.ts";
import { parseJsonBodies, takeAnyBody } from "./json-body.ts";
import { rateHeaders, refuseUnlessAllowed, slots, tokenBuckets } from "./limits.ts";
import { logRequest, requestId } from "./logging.ts";
import { HttpError, problemKinds, sendProblem, toHttpError } from "./problem.ts";
import { isStream, type Route } from "./route.ts";
import { type Security, security } from "./security.ts";
import { serveRoute } from "./serve-route.ts";
import { consoleFiles } from "./static.ts";
import { knownAddresses } from "./unknown.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Not counted against the limits of the whole server. */
    readonly unlimited?: boolean;
    /** Its body may take long, as long as it moves. */
    readonly upload?: boolean;
  }
}

export interface TimeoutOptions {
  /** For a request's headers and body to arrive; of an upload, for the next of its bytes. */
  readonly requestMs: number;
  /** For an upload to arrive whole. */
  readonly uploadMs: number;
  /** How often that is looked at. */
  readonly checkEveryMs: number;
  /** For requests in flight to end once the server closes; then they are cut off. */
  readonly drainMs: number;
}

const defaultTimeouts = {
  requestMs: 30_000,
  uploadMs: 15 * 60_000,
  checkEveryMs: 5_000,
} as const;
/** What a reply that ended at the last moment may take to reach those who listen. */
const lastAnswersMs = 5_000;

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly services: Services;
  readonly logger: FastifyBaseLogger;
  /** Named in the API's description. */
  readonly version: string;
  /** Where the built console is. */
  readonly consoleDir: string;
  /** Besides the store, the keys and the blobs, what `/health/ready` asks. */
  readonly checks?: Readonly<Record<string, Check>>;
  readonly timeouts?: Partial<TimeoutOptions>;
  readonly tracing?: Pick<Tracing, "requests">;
  /** A clock that never goes back, for rates. */
  readonly nowMs?: () => number;
}

/** The HTTP server: every route, and around them what all of them need. Not listening yet. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { services } = options;
  const { config, store } = services;
  const timeouts = {
    ...defaultTimeouts,
    drainMs: config.stopGraceMs + lastAnswersMs,
    ...options.timeouts,
  };
  const guard = security(config);
  const app = createFastify(options, timeouts, guard);
  options.tracing?.requests(app);
  const draining = drainOnClose(app, timeouts.drainMs);

  app.decorateRequest("caller", undefined);
  app.addHook("onResponse", async (request, reply) => logRequest(request, reply));
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...guard.headers, "x-request-id": request.id });
    // A load balancer asks each server by its address, which no configuration knows, whether it is alive.
    const askedAlive = request.routeOptions.url === "/health" && !config.listen.loopback;
    if (!askedAlive) guard.checkHost(request.headers);
  });
  limitServer(app, options, draining);
  limitArrival(app, timeouts.requestMs, (request) => request.routeOptions.config.upload === true);
  answerErrors(app);
  parseJsonBodies(app);

  const known = knownAddresses(app);
  const files = consoleFiles(options.consoleDir);
  app.setNotFoundHandler(async (request) => known.refuse(request));
  app.addHook("onRequest", async (request, reply) => {
    if (!request.is404) return undefined;
    if (await files.serve(request, reply)) return reply;
    return known.refuse(request);
  });

  const checks = {
    store: () => store.check(),
    keys: () => services.keys.check(),
    blobs: () => services.blobs.check(),
    ...options.checks,
  };
  registerHealth(app, checks, draining);
  registerDescription(app, options);
  registerRoutes(app, options, guard);
  return app;
}

function createFastify(options: AppOptions, timeouts: TimeoutOptions, guard: Security): FastifyInstance {
  const { config } = options.services;
  return Fastify<Server>({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: requestId,
    bodyLimit: config.limits.bodyBytes,
    requestTimeout: timeouts.uploadMs,
    http: { connectionsCheckingInterval: timeouts.checkEveryMs, headersTimeout: timeouts.requestMs },
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: false,
    // Each proxy adds for whom it asks; what stands before what ours have added, anybody may have written.
    trustProxy: config.proxyHops > 0 ? (_address, hop) => hop < config.proxyHops : false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...guard.headers, "x-request-id": request.id });
      sendProblem(request, reply, toHttpError(error, false));
    },
  });
}

/**
 * Once it closes, the server takes no new requests, and ends every connection as soon as no answer is under way:
 * browsers keep connections open on which they never asked anything.
 */
function drainOnClose(app: FastifyInstance, drainMs: number): () => boolean {
  let draining = false;
  let underWay = 0;
  let deadline: NodeJS.Timeout | undefined;
  const closeIfQuiet = (): void => {
    if (draining && underWay === 0) app.server.closeAllConnections();
  };
  app.addHook("onRequest", async (_request, reply) => {
    underWay += 1;
    reply.raw.once("close", () => {
      underWay -= 1;
      closeIfQuiet();
    });
  });
  app.addHook("preClose", async () => {
    draining = true;
    deadline = setTimeout(() => app.server.closeAllConnections(), drainMs);
    deadline.unref();
    closeIfQuiet();
  });
  app.addHook("onClose", async () => clearTimeout(deadline));
  app.addHook("onSend", async (_request, reply) => {
    if (draining) reply.header("connection", "close");
  });
  return () => draining;
}

function limitServer(app: FastifyInstance, options: AppOptions, draining: () => boolean): void {
  const { limits } = options.services.config;
  const rate = tokenBuckets(limits.server, options.nowMs ?? (() => performance.now()));
  const inFlight = slots(limits.requestsInFlight);
  app.addHook("onRequest", async (request, reply) => {
    if (draining())
      throw new HttpError("shutting_down", "Connect again: another server, or the next start, will answer.");
    if (request.routeOptions.config.unlimited === true) return;
    const state = rate.take("");
    if (!state.allowed) reply.headers(rateHeaders("server", limits.server, state));
    refuseUnlessAllowed("server", limits.server, state);
    if (!inFlight.enter()) throw new HttpError("overloaded", "As many requests as it can handle are under way.");
    let inside = true;
    const leave = () => {
      if (inside) inFlight.leave();
      inside = false;
    };
    reply.raw.once("finish", leave).once("close", leave);
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const ifMatch = request.headers["if-match"];
    const answer = brokenOff(error, request) ?? toHttpError(error, ifMatch !== undefined && ifMatch.trim() !== "*");
    if (problemKinds[answer.code].status >= 500) request.log.error({ err: error }, "request failed");
    if (!reply.sent) sendProblem(request, reply, answer);
  });
}

/** A caller who goes away before the body is whole is no failure of the server's. */
function brokenOff(error: unknown, { raw }: FastifyRequest): HttpError | undefined {
  if (!raw.readableAborted || !(error instanceof Error && "code" in error && error.code === "ECONNRESET"))
    return undefined;
  return new HttpError("malformed_request", "The request broke off before it was whole.", { cause: error });
}

function registerRoutes(app: FastifyInstance, options: AppOptions, guard: Security): void {
  const { services } = options;
  const { config, store } = services;
  const cookie = sessionCookie(config.publicUrl?.startsWith("https:") === true, config.authSecret);
  const access = guardCaller({ services, security: guard, cookie, nowMs: options.nowMs ?? (() => performance.now()) });
  const serving = {
    services,
    security: guard,
    cookie,
    idempotency: idempotency(store, services.keys, () => services.now()),
    strictAnswers: config.environment === "test",
  };
  const add = (to: FastifyInstance, route: Route) =>
    to.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      exposeHeadRoute: !isStream(route),
      config: { unlimited: isStream(route), upload: route.upload === true },
      ...access(route),
      handler: serveRoute(route, serving),
    });
  for (const route of options.routes) if (route.upload !== true) add(app, route);
  void app.register(async (uploads) => {
    takeAnyBody(uploads);
    for (const route of options.routes) if (route.upload === true) add(uploads, route);
  });
}
