import type { LanguageModelV3, LanguageModelV3StreamPart, LanguageModelV3StreamResult } from "@ai-sdk/provider";
import { ModelError } from "@aloft/core/ports/models";
import type { Failure } from "./ai-sdk-errors.ts";
import type { ModelSource } from "./ai-sdk-providers.ts";
import type { ModelTimeouts } from "./config.ts";

/** How long a finished answer may take to close, so that its connection can serve the next step. */
const drainMs = 50;

/** One call to a provider under its time limits and the caller's signal. Whatever ends it also closes its connection. */
export interface CallClock {
  /** Aborts with the call: by the caller, by a limit, or by {@link end}. */
  readonly signal: AbortSignal;
  /** Set when a time limit ended the call. */
  readonly expired: Failure | undefined;
  /** Whether the provider accepted the call, so that a fault from here on is a broken answer. */
  readonly answering: boolean;
  begin(model: Promise<LanguageModelV3>): Promise<LanguageModelV3>;
  answer(result: PromiseLike<LanguageModelV3StreamResult>): Promise<void>;
  /** The next part of the answer; undefined when it is over. */
  next(): Promise<LanguageModelV3StreamPart | undefined>;
  /** The answer is complete: {@link end} leaves the connection open for the next call. */
  finish(): void;
  /** Settles as soon as the connection is free or closed. */
  end(): Promise<void>;
}

export function callClock(caller: AbortSignal, timeouts: ModelTimeouts, source: ModelSource): CallClock {
  const { firstByteMs = 120_000, idleMs = 120_000, totalMs } = timeouts;
  const call = abortable(caller, (reason) => void reader?.cancel(reason).catch(() => undefined));
  let expired: Failure | undefined;
  let reader: ReadableStreamDefaultReader<LanguageModelV3StreamPart> | undefined;
  let waiting = true;
  let finished = false;

  const expire = (what: string): void => {
    expired = { error: new ModelError("model_timeout", `${source.label} ${what}.`) };
    call.stop(expired.error);
  };
  const afterSilence = (ms: number) => setTimeout(() => waiting && expire(`sent nothing for ${ms} ms`), ms);
  let silence = afterSilence(firstByteMs);
  const total = totalMs === undefined ? undefined : setTimeout(() => expire(`took longer than ${totalMs} ms`), totalMs);

  return {
    signal: call.signal,
    get expired() {
      return expired;
    },
    get answering() {
      return reader !== undefined;
    },
    begin: (model) => call.race(model),
    async answer(result) {
      reader = (await call.race(result)).stream.getReader();
      clearTimeout(silence);
      silence = afterSilence(idleMs);
    },
    async next() {
      waiting = true;
      silence.refresh();
      const part = await reader?.read();
      waiting = false;
      return part?.value;
    },
    finish() {
      finished = true;
    },
    async end() {
      clearTimeout(silence);
      clearTimeout(total);
      call.release();
      if (finished && reader !== undefined) await drain(reader, call.stop);
      else call.stop(new Error("The call to the model was ended."));
    },
  };
}

/** A signal that follows the caller's until it is released, and promises that give up with it. */
function abortable(caller: AbortSignal, onStop: (reason: unknown) => void) {
  const controller = new AbortController();
  const stop = (reason: unknown): void => {
    controller.abort(reason);
    onStop(reason);
  };
  const onCaller = (): void => stop(caller.reason);
  caller.addEventListener("abort", onCaller, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  return {
    signal: controller.signal,
    stop,
    race: <T>(promise: PromiseLike<T>): Promise<T> => Promise.race([promise, aborted]),
    release: () => caller.removeEventListener("abort", onCaller),
  };
}

async function drain(reader: ReadableStreamDefaultReader<unknown>, stop: (reason: unknown) => void): Promise<void> {
  const late = setTimeout(() => stop(new Error("The model's answer did not close.")), drainMs);
  try {
    while (!(await reader.read()).done);
  } catch {
    // the answer was complete: how its connection ends no longer matters
  } finally {
    clearTimeout(late);
  }
}
