import { AloftError, ConflictError, InvalidError, type Issue } from "@aloft/core/errors";
import type { FastifyReply, FastifyRequest } from "fastify";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** When the same request may be tried again. */
  readonly retryAfterSeconds?: number;
}

/** Every error code of the API: stable, one row each. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problemKinds = {
  invalid_request: { status: 400, title: "The request does not fit what this operation takes" },
  malformed_body: { status: 400, title: "The body is not JSON" },
  malformed_request: { status: 400, title: "This is not a well-formed HTTP request" },
  invalid_cursor: { status: 400, title: "The cursor is not one of this list's" },
  invalid_idempotency_key: { status: 400, title: "The Idempotency-Key cannot be used" },
  unauthenticated: { status: 401, title: "Sign in, or give an API key" },
  session_expired: { status: 401, title: "The session is over" },
  key_expired: { status: 401, title: "The API key has expired" },
  forbidden: { status: 403, title: "Not allowed" },
  insufficient_scope: { status: 403, title: "The API key lacks a scope" },
  session_required: { status: 403, title: "Only a signed-in person may do this" },
  cross_site_request: { status: 403, title: "The request comes from another site" },
  not_found: { status: 404, title: "There is no such thing, or you may not see it" },
  route_not_found: { status: 404, title: "There is no such address" },
  method_not_allowed: { status: 405, title: "This address does not take that method" },
  request_timeout: { status: 408, title: "The request took too long to arrive" },
  conflict: { status: 409, title: "It conflicts with what is there" },
  gone: { status: 410, title: "It was used up or has expired" },
  precondition_failed: { status: 412, title: "It was changed since you read it" },
  body_too_large: { status: 413, title: "The body is too large" },
  too_large: { status: 413, title: "It is too large to store" },
  path_too_long: { status: 414, title: "A part of the path is too long" },
  unsupported_media_type: { status: 415, title: "The body is of a type that is not taken here" },
  range_not_satisfiable: { status: 416, title: "There are no such bytes" },
  misdirected_host: { status: 421, title: "This server does not answer for that host" },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used for another request" },
  too_many_turns: { status: 429, title: "Too many replies are under way", retryAfterSeconds: 5 },
  rate_limited: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "The server failed" },
  throttled: { status: 503, title: "What the server relies on asks to slow down", retryAfterSeconds: 1 },
  unavailable: { status: 503, title: "What the server relies on cannot be reached", retryAfterSeconds: 5 },
  overloaded: { status: 503, title: "The server is busy", retryAfterSeconds: 1 },
  shutting_down: { status: 503, title: "The server is shutting down", retryAfterSeconds: 2 },
  storage_full: { status: 507, title: "There is no room to store it" },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof problemKinds;

/** The body of every error answer. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly Issue[];
}

/** An error that is an answer: its code says which, its message is the detail. */
export class HttpError extends AloftError {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

const fastifyCodes: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["body_too_large", "The body is over the limit of this server. Send less at once."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    "unsupported_media_type",
    "Send JSON, with the header `Content-Type: application/json`.",
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: ["malformed_body", "The body is not valid JSON."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["malformed_request", "The body's length is not what Content-Length says."],
  FST_ERR_BAD_URL: ["malformed_request", "The path is not a valid URL path: check its percent-encoding."],
  FST_ERR_MAX_PARAM_LENGTH: ["path_too_long", "An id in the path is longer than any id is."],
};

function codeOfFailure(error: AloftError, ifMatch: boolean): ProblemCode {
  if (ifMatch && error instanceof ConflictError && error.reason === "condition") return "precondition_failed";
  if (error.code === "invalid") return "invalid_request";
  return error.code in problemKinds ? (error.code as ProblemCode) : "internal";
}

/** What to answer to an error. `ifMatch`: the request set a condition on the version. */
export function toHttpError(error: unknown, ifMatch: boolean): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof AloftError) {
    const code = codeOfFailure(error, ifMatch);
    const message = problemKinds[code].status < 500 ? detailOf(error) : detailOfServerError(code);
    return new HttpError(code, message, { cause: error });
  }
  const fastifyCode = error instanceof Error && "code" in error ? fastifyCodes[String(error.code)] : undefined;
  if (fastifyCode !== undefined) return new HttpError(fastifyCode[0], fastifyCode[1], { cause: error });
  return new HttpError("internal", detailOfServerError("internal"), { cause: error });
}

/** A store tells which of its items a write lost on; a person is told what that means. */
function detailOf(error: AloftError): string {
  if (!(error instanceof ConflictError) || error.reason === "state") return error.message;
  if (error.reason === "exists") return "It is there already.";
  if (error.reason === "unique") return "Something else has this value already, and only one may. Choose another.";
  return "It was changed or removed since you read it. Read it again, then decide.";
}

function detailOfServerError(code: ProblemCode): string {
  if (code === "storage_full")
    return "The disk is full or read-only. Nothing was written. Free some space and try again.";
  if (problemKinds[code].status === 503) return "Try again in a moment.";
  return "Something went wrong here. The log says what, under this request's id.";
}

export function problemBody(error: HttpError, requestId: string): Problem {
  const { status, title } = problemKinds[error.code];
  const issues = error.cause instanceof InvalidError ? error.cause.issues : [];
  return {
    type: `/problems/${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(issues.length === 0 ? {} : { errors: issues }),
  };
}

export function problemHeaders(error: HttpError): Record<string, string> {
  const kind: ProblemKind = problemKinds[error.code];
  return {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(kind.retryAfterSeconds === undefined ? {} : { "retry-after": String(kind.retryAfterSeconds) }),
    ...(kind.status === 401 ? { "www-authenticate": challenge(error.code) } : {}),
    ...error.headers,
  };
}

function challenge(code: ProblemCode): string {
  return code === "unauthenticated" ? 'Bearer realm="aloft"' : `Bearer realm="aloft", error="invalid_token"`;
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: HttpError): FastifyReply {
  return reply
    .code(problemKinds[error.code].status)
    .headers(problemHeaders(error))
    .send(JSON.stringify(problemBody(error, request.id)));
}
