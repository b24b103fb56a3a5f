import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { ModelError, type ModelErrorCode, type ModelEvent } from "@aloft/core/ports/models";
import { describe, expect, test } from "vitest";
import type { RemoteProviderName } from "./config.ts";
import { openModels } from "./index.ts";
import { answerText, type ProviderServer, providerServer, type ScriptedReply } from "./testing/provider-server.ts";
import { readAll, remoteProviders, testSecrets, textOf, wireModels, wireRequest } from "./testing/wire-models.ts";

const userText = "my-secret-diary-entry";

interface Outcome {
  readonly seen: readonly ModelEvent[];
  readonly failure: ModelError;
}

async function failing(provider: RemoteProviderName, server: ProviderServer, more = {}): Promise<Outcome> {
  const models = await wireModels(provider, server, more);
  const seen: ModelEvent[] = [];
  const request = wireRequest(models, { messages: [{ role: "user", text: userText }] });
  const failure = await readAll(models.stream(request), seen).then(
    () => expect.unreachable("the call did not fail"),
    (error: unknown) => error,
  );
  if (!(failure instanceof ModelError)) throw failure;
  expectNoSecrets(failure);
  return { seen, failure };
}

/** Neither keys nor what was said may be found in an error, however deep. */
function expectNoSecrets(error: unknown): void {
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  for (const secret of [...testSecrets, userText]) expect(shown).not.toContain(secret);
}

const noRetries = { retries: { maxRetries: 0 } };
const retriesOf = (seen: readonly ModelEvent[]) => seen.filter((event) => event.type === "retry");
/** Providers repeat what they were sent in their errors. */
const leaky = `wrong: ${userText} ${testSecrets.join(" ")}`;

describe.each(remoteProviders)("%s", (provider) => {
  test("[models.fault.retry] 429, 5xx and a reset connection are tried again, and the retries are told", async () => {
    await using server = await providerServer();
    server.next({ status: 429 }, { status: 503 }, { silence: "reset" }, answerText("at last"));
    const models = await wireModels(provider, server);
    const events = await readAll(models.stream(wireRequest(models)));
    expect(retriesOf(events)).toMatchObject([
      { attempt: 1, code: "model_rate_limited" },
      { attempt: 2, code: "model_overloaded" },
      { attempt: 3, code: "model_unreachable" },
    ]);
    expect(textOf(events)).toBe("at last");
    expect(server.requests).toHaveLength(4);
  });

  test("[models.fault.retry-limit] retries end, with what went wrong last", async () => {
    await using server = await providerServer({ otherwise: () => ({ status: 500, message: leaky }) });
    const { failure, seen } = await failing(provider, server);
    expect(failure).toMatchObject({ code: "model_overloaded", retryable: true });
    expect(failure.message).toContain("500");
    expect(retriesOf(seen)).toHaveLength(3);
    expect(server.requests).toHaveLength(4);
  });

  test("[models.fault.retry-after] the wait that the provider asks for is honoured, or the call given up", async () => {
    await using server = await providerServer();
    server.next({ status: 429, headers: { "retry-after": "1" } }, answerText("patience"));
    const models = await wireModels(provider, server);
    const started = performance.now();
    const events = await readAll(models.stream(wireRequest(models)));
    expect(performance.now() - started).toBeGreaterThan(990);
    expect(retriesOf(events)).toMatchObject([{ attempt: 1, delayMs: 1000 }]);
    server.next({ status: 429, headers: { "retry-after": "3600" } });
    const { failure } = await failing(provider, server);
    expect(failure.code).toBe("model_rate_limited");
    expect(server.requests).toHaveLength(3);
  });

  const refusals: readonly [string, ScriptedReply, ModelErrorCode, RegExp][] = [
    [
      "a refused key",
      { status: 401, type: "authentication_error", message: leaky },
      "model_key_refused",
      /_API_KEY|AWS_ACCESS_KEY_ID/,
    ],
    ["a key without the right", { status: 403, message: leaky }, "model_key_refused", /403/],
    ["an unknown model", { status: 404, type: "not_found_error", message: leaky }, "model_not_found", /has no model/],
    ["a bad request", { status: 400, type: "invalid_request_error", message: leaky }, "model_request_refused", /400/],
    [
      "a refusal in odd words",
      { status: 400, type: leaky, headers: { "x-request-id": leaky } },
      "model_request_refused",
      /400/,
    ],
    [
      "a long conversation",
      { status: 400, message: "prompt is too long: 9 > 8" },
      "model_request_refused",
      /longer than/,
    ],
  ];
  test.each(refusals)("[models.fault.refused] %s is said at once, without a retry", async (_, reply, code, says) => {
    await using server = await providerServer();
    server.next(reply);
    const { failure, seen } = await failing(provider, server);
    expect(failure).toMatchObject({ code, retryable: false });
    expect(failure.message).toMatch(says);
    expect(seen).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test("[models.fault.event] an error event before any text is tried again, one after it is the end", async () => {
    await using server = await providerServer();
    const error = provider === "bedrock" ? "serviceUnavailableException" : "overloaded_error";
    server.next({ parts: [{ error, message: leaky }] }, answerText("now"));
    const models = await wireModels(provider, server);
    const events = await readAll(models.stream(wireRequest(models)));
    expect(retriesOf(events)).toMatchObject([{ code: "model_overloaded" }]);
    expect(textOf(events)).toBe("now");

    server.next({ parts: [{ text: "so far" }, { error, message: leaky }] });
    const { failure, seen } = await failing(provider, server);
    expect(failure).toMatchObject({ code: "model_overloaded", retryable: true });
    expect(textOf(seen)).toBe("so far");
    expect(server.requests).toHaveLength(3);
  });

  const cuts: readonly [string, ScriptedReply][] = [
    ["reset", { parts: [{ text: "so far" }, { cut: true }] }],
    ["ended without its end", { parts: [{ text: "so far" }, { hangUp: true }] }],
    ["made unreadable", { parts: [{ text: "so far" }, { malformed: true }] }],
  ];
  test.each(cuts)("[models.fault.cut] an answer %s in its middle is cut off, and not begun again", async (_, reply) => {
    await using server = await providerServer();
    server.next(reply);
    const { failure, seen } = await failing(provider, server);
    expect(failure).toMatchObject({ code: "model_cut_off", retryable: true });
    expect(textOf(seen)).toBe("so far");
    expect(seen.some((event) => event.type === "finish")).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test("[models.fault.cut-early] an answer cut off before its first word is begun again", async () => {
    await using server = await providerServer();
    server.next({ parts: [{ cut: true }] }, { parts: [{ hangUp: true }] }, answerText("third time"));
    const models = await wireModels(provider, server);
    const events = await readAll(models.stream(wireRequest(models)));
    expect(textOf(events)).toBe("third time");
    expect(retriesOf(events)).toHaveLength(2);
  });

  test("[models.fault.timeout] silence before and within an answer, and one too long, end in time", async () => {
    await using server = await providerServer();
    const limits: readonly [ScriptedReply, object][] = [
      [{ silence: "stall" }, { firstByteMs: 400 }],
      [{ parts: [{ text: "so far" }, { stall: true }] }, { idleMs: 400 }],
      [{ parts: [{ text: "so far" }, { stall: true }] }, { totalMs: 400 }],
    ];
    for (const [index, [reply, timeouts]] of limits.entries()) {
      server.next(reply);
      const started = performance.now();
      const { failure } = await failing(provider, server, { timeouts, ...noRetries });
      expect(failure).toMatchObject({ code: "model_timeout", retryable: true });
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(await server.requests[index]?.left).toBe(true);
    }
  });

  test("[models.fault.slow-reader] a reader that takes its time is no silence of the provider", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server, { timeouts: { idleMs: 300 }, ...noRetries });
    server.next(answerText("a b c"));
    const seen: ModelEvent[] = [];
    for await (const event of models.stream(wireRequest(models))) {
      seen.push(event);
      if (seen.length === 1) await setTimeout(500);
    }
    expect(textOf(seen)).toBe("a b c");
  });

  test("[models.fault.slow-provider] an answer may take long, as long as it goes on", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server, { timeouts: { idleMs: 400 }, ...noRetries });
    server.next({ parts: [1, 2, 3, 4, 5, 6].flatMap((n) => [{ text: `${n} ` }, { waitMs: 80 }]) });
    expect(textOf(await readAll(models.stream(wireRequest(models))))).toBe("1 2 3 4 5 6 ");
  });

  test("[models.fault.abort] an abort closes the connection to the provider, wherever the call is", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    const reason = new Error("the user pressed stop");
    const replies: readonly ScriptedReply[] = [
      { silence: "stall" },
      { parts: [{ text: "so far" }, { stall: true }] },
      { status: 429, headers: { "retry-after": "20" } },
    ];
    for (const [index, reply] of replies.entries()) {
      server.next(reply);
      const controller = new AbortController();
      const reading = readAll(models.stream(wireRequest(models, { signal: controller.signal })));
      reading.catch(() => undefined);
      await expect.poll(() => server.requests.length).toBe(index + 1);
      await setTimeout(50);
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
      // the third was answered whole: what is aborted there is the wait
      if (index < 2) expect(await server.requests[index]?.left).toBe(true);
    }
    expect(server.requests).toHaveLength(3);
  });

  test("[models.fault.leave] a reader who leaves closes the connection too", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    server.next({ parts: [{ text: "a" }, { text: "b" }, { stall: true }] });
    for await (const _ of models.stream(wireRequest(models))) break;
    expect(await server.requests[0]?.left).toBe(true);
  });

  test("[models.fault.check] a check fails as a call does, without retries", async () => {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    server.next({ status: 401 });
    await expect(models.check(AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: "model_key_refused" });
    server.next({ status: 529 });
    await expect(models.check(AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: "model_overloaded" });
    expect(server.requests).toHaveLength(2);
  });

  test("[models.fault.unreachable] a provider that is not there is told apart from one that refuses", async () => {
    const server = await providerServer();
    await server.close();
    const { failure } = await failing(provider, server, noRetries);
    expect(failure).toMatchObject({ code: "model_unreachable", retryable: true });
    expect(failure.message).toContain("ECONNREFUSED");
  });
});

test("[models.fault.not-configured] a provider without its key names the variable to set", async () => {
  const models = await openModels({
    providers: [{ provider: "anthropic" }, { provider: "openai" }, { provider: "xai" }, { provider: "bedrock" }],
  });
  const variables = {
    anthropic: "ANTHROPIC_API_KEY",
    openai: "OPENAI_API_KEY",
    xai: "GROK_API_KEY",
    bedrock: "BEDROCK_REGION",
  };
  for (const [provider, variable] of Object.entries(variables)) {
    const request = wireRequest(models, { model: `${provider}/any` });
    await expect(readAll(models.stream(request))).rejects.toMatchObject({
      code: "model_not_configured",
      message: expect.stringContaining(variable),
    });
  }
});

test("[models.fault.not-configured] why AWS credentials are missing is told as it is", async () => {
  await using server = await providerServer();
  const credentials = async () => {
    throw new ModelError("model_not_configured", "set this and that");
  };
  const baseUrl = server.baseUrl("bedrock");
  const models = await openModels({ providers: [{ provider: "bedrock", region: "eu-north-1", baseUrl, credentials }] });
  await expect(readAll(models.stream(wireRequest(models)))).rejects.toMatchObject({
    code: "model_not_configured",
    message: "set this and that",
  });
  expect(server.requests).toEqual([]);
});

test("[models.fault.quota] an account without credit is told apart from one that calls too often", async () => {
  await using server = await providerServer();
  server.next({ status: 429, type: "insufficient_quota" });
  const { failure } = await failing("openai", server);
  expect(failure).toMatchObject({ code: "model_key_refused", retryable: false });
  expect(failure.message).toContain("credit");
  expect(server.requests).toHaveLength(1);
});

test("[models.fault.retry] xAI's way to be unavailable, an error with status 200, is tried again", async () => {
  await using server = await providerServer();
  server.next({ status: 200, type: "The service is currently unavailable", message: leaky }, answerText("now"));
  const models = await wireModels("xai", server);
  const events = await readAll(models.stream(wireRequest(models)));
  expect(retriesOf(events)).toMatchObject([{ code: "model_overloaded" }]);
  server.next({ status: 200, type: "Something else", message: leaky });
  expect((await failing("xai", server)).failure).toMatchObject({ code: "model_failed", retryable: false });
});

test("[models.fault.key-sent] keys go to the provider in its own header, and nowhere else", async () => {
  const [apiKey] = testSecrets;
  for (const provider of remoteProviders) {
    await using server = await providerServer();
    const models = await wireModels(provider, server);
    server.next(answerText("yes"));
    await readAll(models.stream(wireRequest(models)));
    const { headers, path, body } = server.requests[0] ?? {};
    if (provider === "bedrock") expect(headers?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDTESTKEY\//);
    else expect(headers?.[provider === "anthropic" ? "x-api-key" : "authorization"]).toContain(apiKey);
    for (const secret of testSecrets) expect(path + JSON.stringify(body)).not.toContain(secret);
  }
});
