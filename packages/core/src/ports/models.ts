import { AloftError } from "../errors.ts";

/** A tool as a model sees it. `inputSchema` is a JSON Schema (draft 2020-12) of type object. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export type ModelMessage =
  | { readonly role: "user"; readonly text: string; readonly name?: string }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | {
      readonly role: "tool";
      readonly callId: string;
      readonly name: string;
      readonly output: unknown;
      readonly isError?: boolean;
    };

export interface ModelRequest {
  /** As listed by {@link Models.list}, e.g. `anthropic/claude-sonnet-5-5`. */
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDescription[];
  readonly maxOutputTokens?: number;
  /** Aborts the call to the provider, not only the reading of its answer. */
  readonly signal: AbortSignal;
}

/** Tokens of one call, as the provider counts them. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type ModelEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "tool-call"; readonly call: ToolCall }
  /** Nothing had been streamed yet and the call is made again. */
  | { readonly type: "retry"; readonly attempt: number; readonly delayMs: number; readonly code: ModelErrorCode }
  | {
      readonly type: "finish";
      readonly reason: "stop" | "tool-calls" | "length" | "content-filter" | "other";
      readonly usage: ModelUsage;
    };

export type ModelErrorCode =
  | "model_not_configured"
  | "model_not_found"
  | "model_key_refused"
  | "model_overloaded"
  | "model_rate_limited"
  | "model_request_refused"
  | "model_timeout"
  | "model_cut_off"
  | "model_unreachable"
  | "model_failed";

const retryableCodes: readonly ModelErrorCode[] = [
  "model_overloaded",
  "model_rate_limited",
  "model_timeout",
  "model_cut_off",
  "model_unreachable",
];

/** A model call failed. `message` is fit for the conversation: it says what happened and what to do, no secrets. */
export class ModelError extends AloftError {
  readonly code: ModelErrorCode;
  override readonly retryable: boolean;

  constructor(code: ModelErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retryable = retryableCodes.includes(code);
  }
}

export interface ModelInfo {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: string;
  readonly isDefault: boolean;
}

/** Where replies come from. One step: a call to a model, streamed. Tools are run by the caller, who then calls again. */
export interface Models {
  /** The models that this configuration offers, the default first. */
  list(): readonly ModelInfo[];
  /**
   * Streams one step and ends with exactly one `finish`, or throws.
   * @throws {ModelError} with what a person should be told. An abort throws the signal's reason.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
  /** Asks the provider, as cheaply as it can, whether the default model answers. @throws {ModelError} */
  check(signal: AbortSignal): Promise<void>;
}
