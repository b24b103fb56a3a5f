import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { pino, type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "../config/config.ts";

const acceptableId = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's X-Request-Id if it is fit for a log, or a new one. */
export function requestId(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && acceptableId.test(given) ? given : randomUUID();
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Default: standard error. */
  readonly destination?: DestinationStream;
  /** Values that must not appear, whatever an error's message holds. */
  readonly secrets?: ReadonlySet<string>;
}

/** One JSON object a line. */
export function createLogger(options: LogOptions): Logger {
  const hide = hider(options.secrets ?? new Set());
  return pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, hide) },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * Replaces secrets in a text, those included that are added later. Values under 8 characters are left: they would hide
 * half the words.
 */
export function hider(secrets: ReadonlySet<string>): (text: string) => string {
  return (text) => {
    const long = [...secrets].filter((secret) => secret.length >= 8).sort((a, b) => b.length - a.length);
    let hidden = text;
    for (const secret of long) hidden = hidden.replaceAll(secret, "[secret]");
    return hidden;
  };
}

interface ErrorLine {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorLine;
}

function describeError(error: unknown, hide: (text: string) => string, depth = 0): ErrorLine {
  if (!(error instanceof Error)) return { name: typeof error, message: "something was thrown that is no error" };
  return {
    name: error.name,
    ...("code" in error ? { code: String(error.code) } : {}),
    message: hide(error.message),
    ...(error.stack === undefined ? {} : { stack: hide(error.stack) }),
    ...(error.cause === undefined || depth >= 4 ? {} : { cause: describeError(error.cause, hide, depth + 1) }),
  };
}

/** A request as the log has it: the route's pattern and not the address, no query, headers or body. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const line = {
    method: request.method,
    route: request.routeOptions.url ?? "unknown",
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(request.caller === undefined ? {} : { userId: request.caller.principal.userId }),
  };
  const quiet = request.routeOptions.url?.startsWith("/health") === true;
  request.log[reply.statusCode >= 500 ? "error" : quiet ? "debug" : "info"](line, "request");
}
