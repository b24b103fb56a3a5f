import { ModelError, type ModelErrorCode } from "@aloft/core/ports/models";
import type { ModelSource } from "./ai-sdk-providers.ts";
import { retryAfterMs } from "./backoff.ts";
import { variablesOf } from "./config.ts";

export interface Failure {
  readonly error: ModelError;
  /** How long the provider asks to wait before the next call. */
  readonly retryAfterMs?: number | undefined;
}

/** The provider lacks what it needs to be called. */
export function notReady(source: Pick<ModelSource, "label" | "provider">): ModelError {
  const { ready } = variablesOf(source.provider);
  return new ModelError("model_not_configured", `${source.label} is not configured: set ${ready} and start again.`);
}

/** The answer ended, or turned into something unreadable, before it was complete. */
export function cutOff(source: ModelSource, cause?: unknown): Failure {
  return {
    error: new ModelError("model_cut_off", `${source.label} was cut off in the middle of its answer.`, { cause }),
  };
}

/**
 * What a thrown error of the AI SDK means. Those errors carry the whole request and the provider's own words, which may
 * repeat keys and messages: of them only the status, the machine-readable type and the request id are kept.
 * @param answering the provider had accepted the call
 */
export function failureOf(error: unknown, source: ModelSource, model: string, answering: boolean): Failure {
  if (error instanceof ModelError) return { error };
  const fault = faultOf(error);
  const accepted = answering || (fault.status !== undefined && fault.status < 400);
  if (accepted && fault.body === undefined) return cutOff(source, fault.cause);
  if (fault.network !== undefined) {
    const message = `${source.label} cannot be reached (${fault.network}): check the network and the address.`;
    return { error: new ModelError("model_unreachable", message, { cause: fault.cause }) };
  }
  return { error: described(codeOf(fault), source, model, fault), retryAfterMs: retryAfterMs(fault.headers) };
}

/** What an error event within an answer means. */
export function streamFault(error: unknown, source: ModelSource, model: string): ModelError {
  const fault = faultOf(error);
  const unfinished = fault.type === "AI_InvalidResponseDataError" && fields(error).data === undefined;
  if (unfinished || fault.type === "AI_JSONParseError") return cutOff(source, fault.cause).error;
  if (fault.type === "AI_TypeValidationError") {
    return new ModelError("model_failed", `${source.label} sent an answer of an unknown form.`, { cause: fault.cause });
  }
  const code = codeOf(fault);
  // Bedrock's exceptions come without their type; all but rare ones are passing faults of the service
  const untyped = code === "model_failed" && source.provider === "bedrock" && fault.type === undefined;
  return described(untyped ? "model_overloaded" : code, source, model, fault);
}

interface Fault {
  readonly status: number | undefined;
  /** Machine-readable, such as `overloaded_error`. */
  readonly type: string | undefined;
  /** Provider's words: only looked through, never shown. */
  readonly text: string;
  /** What the provider answered in place of a stream. */
  readonly body: string | undefined;
  /** The SDK takes the fault for a passing one. */
  readonly passing: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The system's name for a fault of the network, such as `ECONNREFUSED`. */
  readonly network: string | undefined;
  readonly cause: Error;
}

function faultOf(error: unknown): Fault {
  const top = fields(error);
  const passing = top.isRetryable === true;
  const body = typeof top.responseBody === "string" ? top.responseBody : undefined;
  const status = typeof top.statusCode === "number" ? top.statusCode : undefined;
  const type = typeOf(error);
  const headers = fields(top.responseHeaders) as Record<string, string | undefined>;
  const network = status === undefined ? networkName(error) : undefined;
  const requestId = identifier(headers["request-id"] ?? headers["x-request-id"] ?? headers["x-amzn-requestid"]);
  const parts = [
    status === undefined ? undefined : `HTTP ${status}`,
    type,
    network,
    requestId && `request ${requestId}`,
  ];
  const cause = new Error(parts.filter((part) => part !== undefined).join(", ") || "an error without a type");
  return {
    status,
    type,
    text: typeof top.message === "string" ? top.message : "",
    headers,
    network,
    cause,
    body,
    passing,
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The value if it is a name without digits, as types and codes are, and keys and sentences are not. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z_.]{1,60}$/.test(value) ? value : undefined;
}

function identifier(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w:-]{1,80}$/.test(value) ? value : undefined;
}

function typeOf(error: unknown): string | undefined {
  const top = fields(error);
  const candidates = [
    fields(top.data).error,
    top.data,
    fields(top.response).error,
    fields(top.value).error,
    top.error,
    error,
  ].map(fields);
  for (const { code, type } of candidates) {
    const found = [word(code), word(type)].find(
      (name) => name !== undefined && !/^(?:error|response\.failed)$/.test(name),
    );
    if (found !== undefined) return found;
  }
  return error instanceof Error && error.name !== "AI_APICallError" ? word(error.name) : undefined;
}

function networkName(error: unknown): string | undefined {
  const names: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = word(fields(at).code);
    if (code !== undefined) names.push(code);
    if (at instanceof AggregateError)
      names.push(...at.errors.map((each) => word(fields(each).code) ?? "").filter(Boolean));
  }
  const isCall = error instanceof Error && (error.name === "AI_APICallError" || error.message === "fetch failed");
  return names.at(-1) ?? (isCall ? "no answer" : undefined);
}

const quotaTypes = /insufficient_quota|billing|credit|payment/i;
const typeCodes: readonly (readonly [RegExp, ModelErrorCode])[] = [
  [
    /authentication|invalid_api_key|permission|unauthorized|accessdenied|unrecognizedclient|expiredtoken/i,
    "model_key_refused",
  ],
  [/not_found|notfound/i, "model_not_found"],
  [/rate_limit|throttl|too_many/i, "model_rate_limited"],
  [/overloaded|unavailable|server_error|internalserver|api_error|capacity/i, "model_overloaded"],
  [/timeout/i, "model_timeout"],
  [/invalid|context_length|too_large|validation|policy/i, "model_request_refused"],
];
const unknownModelText =
  /model identifier is invalid|on-demand throughput isn.t supported|model .{0,80}(?:not found|does not exist)/i;
const tooLongText = /context.length|maximum context|prompt is too long|too many (?:input )?tokens|input is too long/i;

function codeOf(fault: Fault): ModelErrorCode {
  const { status, type = "" } = fault;
  if (quotaTypes.test(type) || status === 402) return "model_key_refused";
  // xAI answers so
  if (status === 200 && fault.passing) return "model_overloaded";
  if (status === undefined || status < 400)
    return typeCodes.find(([pattern]) => pattern.test(type))?.[1] ?? "model_failed";
  if (status === 401 || status === 403) return "model_key_refused";
  if (status === 404 || (status === 400 && unknownModelText.test(fault.text))) return "model_not_found";
  if (status === 408) return "model_timeout";
  if (status === 429) return "model_rate_limited";
  return status >= 500 ? "model_overloaded" : "model_request_refused";
}

function described(code: ModelErrorCode, source: ModelSource, model: string, fault: Fault): ModelError {
  const known = [fault.status === undefined ? undefined : `HTTP ${fault.status}`, fault.type].filter(
    (part) => part !== undefined,
  );
  const details = known.length === 0 ? "" : ` (${known.join(", ")})`;
  return new ModelError(code, `${source.label} ${sentence(code, source, model, fault, details)}`, {
    cause: fault.cause,
  });
}

function sentence(code: ModelErrorCode, source: ModelSource, model: string, fault: Fault, details: string): string {
  const { key } = variablesOf(source.provider);
  switch (code) {
    case "model_key_refused":
      return fault.status === 402 || quotaTypes.test(fault.type ?? "")
        ? `says that the account of ${key} has no credit left${details}: add some, or use another model.`
        : `refused the key${details}: check ${key}, and that it may use the model ${model}.`;
    case "model_not_found":
      return `has no model ${JSON.stringify(model)}${details}: check the model's name and the provider's address.`;
    case "model_rate_limited":
      return `receives too many requests from this account${details}: try again in a while.`;
    case "model_overloaded":
      return `is overloaded or failing${details}: try again in a while.`;
    case "model_timeout":
      return `gave up waiting${details}: try again.`;
    case "model_request_refused":
      return tooLongText.test(fault.text)
        ? `refused the request${details}: the conversation is longer than the model ${model} can read. Start a new one.`
        : `refused the request${details}.`;
    default:
      return `failed${details}.`;
  }
}
