import type { Store } from "@aloft/core/ports/store";
import { context, SpanKind, trace, type Tracer } from "@opentelemetry/api";
import { within } from "./spans.ts";

const told = [
  "get",
  "getMany",
  "getUnique",
  "query",
  "search",
  "nearest",
  "create",
  "put",
  "update",
  "delete",
  "transact",
] as const satisfies readonly (keyof Store)[];

type Call = (first: unknown, ...more: unknown[]) => Promise<unknown>;

/**
 * One span for a call, however many requests it takes. Calls that belong to no request or turn, such as the upkeep's, are
 * not told: there would be no end of them.
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
export function tracedStore(store: Store, tracer: Tracer): Store {
  const traced: Record<string, Call> = {};
  for (const name of told) {
    const call = store[name].bind(store) as Call;
    traced[name] = (first, ...more) => {
      if (trace.getActiveSpan() === undefined) return call(first, ...more);
      const table = tableOf(first);
      const attributes = {
        "db.system.name": store.engine,
        "db.operation.name": name,
        ...(table === undefined ? {} : { "db.collection.name": table }),
        ...(Array.isArray(first) ? { "db.operation.batch.size": first.length } : {}),
      };
      const spanName = table === undefined ? name : `${name} ${table}`;
      const span = tracer.startSpan(spanName, { kind: SpanKind.CLIENT, attributes }, context.active());
      return within(span, () => call(first, ...more));
    };
  }
  return { ...store, ...traced };
}

function tableOf(argument: unknown): string | undefined {
  if (typeof argument !== "object" || argument === null || !("name" in argument)) return undefined;
  return typeof argument.name === "string" ? argument.name : undefined;
}
