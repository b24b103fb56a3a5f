import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { RemoteProviderName } from "../config.ts";
import type { WireFinish, WireName, WireToolCall, WireUsage } from "./wire.ts";
import { errorBody, wireOf } from "./wires.ts";

export type { WireName } from "./wire.ts";

/** What an answer does next. */
export type AnswerPart =
  | { readonly text: string }
  | { readonly reasoning: string }
  | { readonly toolCall: WireToolCall }
  | { readonly waitMs: number }
  | { readonly until: Promise<unknown> }
  /** An error event in the provider's format. */
  | { readonly error: string; readonly message?: string }
  | { readonly malformed: true }
  /** The connection is reset. */
  | { readonly cut: true }
  /** The answer ends as if it were complete, without saying so. */
  | { readonly hangUp: true }
  /** Nothing more is sent until the caller goes away. */
  | { readonly stall: true };

/** An answer with status 200; after its parts it is finished properly, unless a part ended it. */
export interface ScriptedAnswer {
  readonly parts: Iterable<AnswerPart>;
  readonly finish?: WireFinish;
  readonly usage?: WireUsage;
  /** Sends so many bytes at a time, so that characters and events are split. Default: an event at a time. */
  readonly bytesPerWrite?: number;
  /** How long the connection's answer stays open after its last event. */
  readonly lingerMs?: number;
}

/** An answer that is an error from its start. */
export interface ScriptedFailure {
  readonly status: number;
  /** The provider's machine-readable name, such as `overloaded_error`. */
  readonly type?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The connection is reset, or never answered. */
export interface ScriptedSilence {
  readonly silence: "reset" | "stall";
}

export type ScriptedReply = ScriptedAnswer | ScriptedFailure | ScriptedSilence;

export interface RecordedRequest {
  readonly wire: WireName;
  readonly path: string;
  /** The caller's port: the same for requests of one connection. */
  readonly port: number | undefined;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  readonly body: unknown;
  /** Settles when the connection is closed or the answer was sent whole: true when the caller went away before that. */
  readonly left: Promise<boolean>;
}

export interface ProviderServer extends AsyncDisposable {
  /** Where the server plays this provider, as its configuration's `baseUrl`. */
  baseUrl(provider: RemoteProviderName): string;
  /** Every request so far, the oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Replies to the next requests, one each, in order. */
  next(...replies: readonly ScriptedReply[]): void;
  close(): Promise<void>;
}

/** A whole answer of text. */
export function answerText(text: string | readonly string[], usage?: WireUsage): ScriptedAnswer {
  const pieces = typeof text === "string" ? (text.match(/\s*\S+\s*/g) ?? []) : text;
  return { parts: pieces.map((text) => ({ text })), ...(usage !== undefined && { usage }) };
}

/** A whole answer that calls a tool, its input cut into pieces of a few characters. */
export function answerToolCall(id: string, name: string, input: unknown): ScriptedAnswer {
  const json = JSON.stringify(input).match(/.{1,5}/gsu) ?? [];
  return { parts: [{ toolCall: { id, name, json } }], finish: "tool-calls" };
}

/**
 * A server on 127.0.0.1 that speaks the providers' streaming formats: Anthropic's messages (`/v1/messages`), OpenAI's
 * chat completions and responses, xAI's chat completions, Bedrock's ConverseStream. What it says is scripted; a request for which nothing is
 * scripted is given to `otherwise`, or refused with 400.
 */
export async function providerServer(
  options: { readonly otherwise?: (request: RecordedRequest) => ScriptedReply; readonly port?: number } = {},
): Promise<ProviderServer> {
  const requests: RecordedRequest[] = [];
  const replies: ScriptedReply[] = [];
  const unscripted: ScriptedFailure = { status: 400, type: "unscripted", message: "No reply is scripted." };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const left = new Promise<boolean>((resolve) => {
      response.once("close", () => resolve(!response.writableFinished));
    });
    const request = { ...(await received(incoming)), left };
    requests.push(request);
    await reply(request, response, replies.shift() ?? options.otherwise?.(request) ?? unscripted);
  };
  const server = createServer({ noDelay: true }, (incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    baseUrl: (provider) => url + (provider === "bedrock" ? "" : provider === "xai" ? "/xai/v1" : "/v1"),
    requests,
    next: (...more) => void replies.push(...more),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function received(incoming: IncomingMessage): Promise<Omit<RecordedRequest, "left">> {
  const path = incoming.url ?? "";
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    wire: wireOfPath(path),
    path,
    port: incoming.socket.remotePort,
    headers: incoming.headers,
    body: JSON.parse(Buffer.concat(chunks).toString()),
  };
}

function wireOfPath(path: string): WireName {
  if (path.startsWith("/xai/")) return "xai-chat";
  if (path.endsWith("/messages")) return "anthropic";
  if (path.endsWith("/chat/completions")) return "openai-chat";
  return path.endsWith("/responses") ? "openai-responses" : "bedrock";
}

async function reply(request: RecordedRequest, response: ServerResponse, scripted: ScriptedReply): Promise<void> {
  if ("silence" in scripted) {
    if (scripted.silence === "reset") response.socket?.resetAndDestroy();
  } else if ("status" in scripted) {
    const { status, type = "error", message = "as scripted", headers } = scripted;
    const error = errorBody(request.wire, type, message);
    response.writeHead(status, { "content-type": "application/json", ...error.headers, ...headers });
    response.end(error.body);
  } else {
    await answer(request, response, scripted);
  }
}

async function answer(request: RecordedRequest, response: ServerResponse, scripted: ScriptedAnswer): Promise<void> {
  const { usage = { inputTokens: 11, outputTokens: 7 }, finish = "stop" } = scripted;
  const wire = wireOf(request.wire);
  const send = async (all: readonly (string | Buffer)[]): Promise<void> => {
    for (const piece of all) await write(response, piece, scripted.bytesPerWrite);
  };
  response.writeHead(200, { "content-type": wire.contentType });
  await send(wire.begin(usage));
  for (const part of scripted.parts) {
    if (response.destroyed) return;
    if ("text" in part) await send(wire.text(part.text));
    else if ("reasoning" in part) await send(wire.reasoning(part.reasoning));
    else if ("toolCall" in part) await send(wire.toolCall(part.toolCall));
    else if ("error" in part) await send(wire.error(part.error, part.message ?? "as scripted"));
    else if ("malformed" in part) await send(wire.malformed());
    else if ("waitMs" in part) await setTimeout(part.waitMs);
    else if ("until" in part) await part.until;
    else if ("cut" in part) return await cut(response);
    else if ("hangUp" in part) return void response.end();
    else return;
  }
  await send(wire.finish(finish, usage));
  if (scripted.lingerMs !== undefined) await setTimeout(scripted.lingerMs);
  response.end();
}

async function write(
  response: ServerResponse,
  bytes: string | Buffer,
  bytesPerWrite: number | undefined,
): Promise<void> {
  const whole = Buffer.from(bytes);
  const size = bytesPerWrite ?? whole.length;
  for (let at = 0; at < whole.length && !response.destroyed; at += size) {
    const flushed = response.write(whole.subarray(at, at + size));
    if (!flushed) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    else if (bytesPerWrite !== undefined) await setImmediate();
  }
}

async function cut(response: ServerResponse): Promise<void> {
  // a reset overtakes what was written shortly before it
  await setTimeout(20);
  response.socket?.resetAndDestroy();
}
