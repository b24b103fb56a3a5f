import type { Models } from "@aloft/core/ports/models";
import type { Store } from "@aloft/core/ports/store";
import type { TurnsOptions } from "@aloft/core/turns/turns";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/config.ts";

/**
 * Says to a collector what took how long: a span for a request, a turn, a call of a model, and a call of the store. None
 * holds what people or models said, a secret, or an address with its parameters.
 */
export interface Tracing extends AsyncDisposable {
  /** Requests, as part of the trace that `traceparent` names if there is one. To be called before other hooks are added. */
  requests(app: FastifyInstance): void;
  /** The store, its calls within a request or a turn told. */
  store(store: Store): Store;
  /** The models, their calls told, and the trace named to providers by `traceparent`. */
  models(models: Models): Models;
  readonly turn: NonNullable<TurnsOptions["within"]>;
}

/** Undefined, and nothing loaded, unless a collector is configured. It need not be there: what it misses is dropped. */
export async function openTracing(
  { tracing, environment }: Pick<Config, "tracing" | "environment">,
  version: string,
): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { openTelemetry } = await import("./open-telemetry.ts");
  return openTelemetry({ ...tracing, environment, version });
}
