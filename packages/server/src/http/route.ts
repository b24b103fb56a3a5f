import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Context, Scope } from "@aloft/core/context";
import type { FastifyBaseLogger, FastifyReply } from "fastify";
import type { z } from "zod";
import type { Services } from "../services.ts";
import type { ProblemCode } from "./problem.ts";

/**
 * Who may call. A scope: any session, and API keys that have it. `session`: sessions only. `any`: whoever is known.
 * `optional`: anybody, and who it is, is known if they say so. `public`: anybody.
 */
export type Access = Scope | "session" | "any" | "optional" | "public";

type ContextOf<A extends Access> = A extends "public"
  ? undefined
  : A extends "optional"
    ? Context | undefined
    : Context;

/** A value that fits the schema, and may be read-only. */
export type Answer<T> = T extends readonly (infer I)[]
  ? readonly Answer<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Answer<T[K]> }
    : T;

interface JsonResponse {
  readonly status: 200 | 201 | 202;
  /** Only what it names leaves the server. */
  readonly schema: z.ZodType;
}
interface EmptyResponse {
  readonly status: 204;
}
/** The handler returns the body itself, or takes the reply over. */
interface RawResponse {
  readonly status: number;
  readonly contentType: string;
}
export type ResponseSpec = JsonResponse | EmptyResponse | RawResponse;

type BodyOf<R extends ResponseSpec> = R extends { readonly schema: infer S extends z.ZodType }
  ? Answer<z.output<S>>
  : R extends RawResponse
    ? string | Readable | void
    : void;

export interface RouteRequest<P, Q, B, C> {
  /** Who asks, with a `commit` that remembers a POST's answer under its Idempotency-Key. */
  readonly context: C;
  readonly services: Services;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The version that `If-Match` names. */
  readonly ifMatch: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Of the client, as the nearest proxy saw it. */
  readonly ip: string;
  readonly userAgent: string | undefined;
  /** Scheme, host and port under which the caller reached the server, without a slash: what a link starts with. */
  readonly origin: string;
  readonly cookies: {
    setSession(secret: string): void;
    clearSession(): void;
  };
  readonly log: FastifyBaseLogger;
  /** For what a handler of a raw response must do itself. */
  readonly reply: FastifyReply;
}

interface CommonSpec<A extends Access, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** As OpenAPI writes it: `/api/v1/agents/{id}`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly scope: A;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /**
   * The body is any file: it is not read before the handler, which finds it as `reply.request.raw`. It has no limit but the
   * handler's own.
   */
  readonly upload?: boolean;
  /** Takes `If-Match`, and changes that version or none. Others refuse the header: ignored, it would promise too much. */
  readonly versioned?: boolean;
  /** Error codes beyond those that follow from the above, for the documentation. */
  readonly problems?: readonly ProblemCode[];
  /**
   * The answer shows a secret that is kept nowhere else in clear: a repeat under its Idempotency-Key gets it again, so it
   * is kept sealed. Every other answer is kept as it is.
   */
  readonly showsSecret?: boolean;
  /** Answers of 401, 404 and 410 use up the caller's few wrong guesses. */
  readonly guessable?: boolean;
}

export type RouteSpec<
  A extends Access,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends ResponseSpec,
> = CommonSpec<A, P, Q, B> & {
  readonly response: R;
  /** Where a 201's thing is. Default: the request's path and the body's `id`. */
  readonly location?: (body: BodyOf<R>, params: z.output<P>) => string;
};

type RequestOf<A extends Access, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = RouteRequest<
  z.output<P>,
  z.output<Q>,
  z.output<B>,
  ContextOf<A>
>;

/** A route, its types forgotten: what the shell works with. */
export interface Route extends CommonSpec<Access, z.ZodObject, z.ZodObject, z.ZodType> {
  readonly response: ResponseSpec;
  location?(body: unknown, params: unknown): string;
  handler(request: RouteRequest<unknown, unknown, unknown, Context | undefined>): Promise<unknown>;
  present?(result: unknown, request: RouteRequest<unknown, unknown, unknown, Context | undefined>): unknown;
}

type NoParts = z.ZodObject<Record<never, never>>;

/**
 * One operation of the API: its types flow from its schemas into its handler.
 *
 * The handler's result is the answer, or `present` makes the answer from it. A POST that calls `context.commit`
 * answers with the result it commits (presented), so that a repeat under the same Idempotency-Key gets the same bytes.
 */
export function defineRoute<
  const A extends Access,
  const R extends ResponseSpec,
  P extends z.ZodObject = NoParts,
  Q extends z.ZodObject = NoParts,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<A, P, Q, B, R> & {
    readonly present?: undefined;
    handler(request: RequestOf<A, P, Q, B>): Promise<BodyOf<R>>;
  },
): Route;
export function defineRoute<
  const A extends Access,
  const R extends ResponseSpec,
  T,
  P extends z.ZodObject = NoParts,
  Q extends z.ZodObject = NoParts,
  B extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<A, P, Q, B, R> & {
    handler(request: RequestOf<A, P, Q, B>): Promise<T>;
    present(result: T, request: RequestOf<A, P, Q, B>): BodyOf<R> | Promise<BodyOf<R>>;
  },
): Route;
export function defineRoute(spec: unknown): Route {
  return spec as Route;
}

/** Whether a route's answers stay open: they count as streams of their user, and not as requests in flight. */
export function isStream({ response }: Route): boolean {
  return "contentType" in response && response.contentType.startsWith("text/event-stream");
}
