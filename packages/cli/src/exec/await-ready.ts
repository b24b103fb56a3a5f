import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { CliError, usageError } from "../errors.ts";
import { say } from "./say.ts";

/** Something that has to answer before the program can start. */
export interface Awaited {
  /** Without any password. */
  readonly name: string;
  /** @returns why not yet; undefined if it answers. @throws waiting would not help. */
  readonly ask: () => Promise<string | undefined>;
}

const pollMs = 250;
const tellEveryMs = 5000;
const attemptMs = 5000;

/** @throws {CliError} it did not answer in time. @throws whatever `ask` throws. */
export async function awaitReady(awaited: readonly Awaited[], waitMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + waitMs;
  await Promise.all(awaited.map((one) => awaitOne(one, { until, waitMs, signal })));
}

interface Patience {
  readonly until: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

async function awaitOne({ name, ask }: Awaited, { until, waitMs, signal }: Patience): Promise<void> {
  const started = performance.now();
  let tellAt = started;
  for (;;) {
    const why = await ask();
    const now = performance.now();
    if (why === undefined) {
      if (tellAt > started) say(`${name} answers after ${seconds(now - started)}.`);
      return;
    }
    signal.throwIfAborted();
    if (now > until) {
      throw new CliError(
        "not_ready",
        `${name} did not answer within ${seconds(waitMs)}: ${why}. Is it started, and is its address right? To wait longer: --wait 5m`,
      );
    }
    if (now >= tellAt) {
      tellAt = now + tellEveryMs;
      say(`waiting for ${name}: ${why}`);
    }
    await delay(Math.min(pollMs, Math.max(1, until - now)), undefined, { signal });
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** `tcp://host:port`: takes connections; `http://…` and `https://…`: answers below 500. @throws {CliError} with exit code 2. */
export function parseAwaited(text: string): Awaited {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") {
    return { name: `${url.protocol}//${url.host}${url.pathname}`, ask: () => askHttp(url) };
  }
  if (url?.protocol === "tcp:" && url.hostname !== "" && url.port !== "") {
    return { name: `tcp://${url.host}`, ask: () => askTcp(url.hostname, Number(url.port)) };
  }
  throw usageError("invalid_value", `--wait-for cannot be "${text}": it is tcp://host:port or http://host/path.`);
}

async function askHttp(url: URL): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(attemptMs), redirect: "manual" });
    await response.body?.cancel();
    return response.status < 500 ? undefined : `it answers ${response.status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

function askTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port, timeout: attemptMs });
    const end = (why: string | undefined): void => {
      socket.destroy();
      resolve(why);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", (error) => end(reasonOf(error)));
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer";
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return "code" in error ? String(error.code) : error.message;
}
