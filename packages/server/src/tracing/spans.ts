import { context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";

/** Runs within a span, which ends with it. Of an error it keeps what kind it is: a message may hold more. */
export async function within<T>(span: Span, run: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), () => run(span));
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

export function fail(span: Span, error: unknown): void {
  const kind = error instanceof Error ? ("code" in error ? String(error.code) : error.name) : typeof error;
  span.setAttribute("error.type", kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
