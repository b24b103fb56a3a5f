import { setTimeout as delay } from "node:timers/promises";
import { DeployError } from "./deploy-error.ts";

export interface SmokeTestOptions {
  readonly url: string;
  /** Each has to answer with 2xx. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
  /** Altogether. A new distribution needs some minutes until its name is known everywhere. */
  readonly withinMs?: number;
  readonly everyMs?: number;
}

export interface SmokeTest {
  /** What the program said of itself, if it did. */
  readonly version: string | undefined;
  readonly attempts: number;
}

const withinDefault = 5 * 60_000;
const answerWithinMs = 10_000;

/**
 * Asks as a user would until everything answers.
 * @throws {DeployError} `smoke_test_failed`, with the last answer.
 */
export async function smokeTest(options: SmokeTestOptions): Promise<SmokeTest> {
  const { url, paths, signal, withinMs = withinDefault, everyMs = 3000 } = options;
  const end = performance.now() + withinMs;
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted();
    const answers = await Promise.all(paths.map((path) => answer(new URL(path, url), signal)));
    const wrong = answers.find(({ ok }) => !ok);
    if (wrong === undefined)
      return { version: answers.find(({ version }) => version !== undefined)?.version, attempts };
    if (performance.now() + everyMs > end) throw failure(wrong, attempts);
    await delay(everyMs, undefined, { signal });
  }
}

function failure({ url, said }: Answer, attempts: number): DeployError {
  return new DeployError(
    "smoke_test_failed",
    `${url} does not answer as it should, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}: ${said}. The new version is in place. See what it says: ` +
      "aloft logs. To go back to the version before: aloft rollback. To try again: aloft deploy.",
  );
}

interface Answer {
  readonly url: string;
  readonly ok: boolean;
  readonly said: string;
  readonly version: string | undefined;
}

async function answer(url: URL, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      redirect: "manual",
      headers: { "user-agent": "aloft-deploy" },
    });
    const text = await response.text();
    return {
      url: url.href,
      ok: response.ok,
      said: `${response.status} ${response.statusText}`.trim(),
      version: versionIn(text),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      url: url.href,
      ok: false,
      said: cause instanceof Error ? cause.message : String(cause),
      version: undefined,
    };
  }
}

function versionIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("version" in body)) return undefined;
    return typeof body.version === "string" ? body.version : undefined;
  } catch {
    return undefined;
  }
}
