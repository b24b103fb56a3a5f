import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { type Context, type Principal, requireScope } from "@aloft/core/context";
import { getConversation } from "@aloft/core/conversations/conversations";
import { AloftError, NotFoundError } from "@aloft/core/errors";
import { isStillValid } from "@aloft/core/identity/principals";
import { redeemSocketTicket } from "@aloft/core/identity/socket-tickets";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { parseEventId } from "../events/event-id.ts";
import { mayListen } from "../events/may-listen.ts";
import { maxWaitingBytes } from "../events/sse.ts";
import { openStream, slots } from "../http/limits.ts";
import { requestId } from "../http/logging.ts";
import { problemBody, toHttpError } from "../http/problem.ts";
import { security } from "../http/security.ts";
import { presentConversation } from "../routes/conversations/schemas.ts";
import type { Services } from "../services.ts";

const pingMs = 25_000;
const maxMessageBytes = 16 * 1024;
const maxSubscriptions = 100;
/** Requests of one socket that wait for those before them. */
const maxWaitingRequests = 2 * maxSubscriptions;
const closingMs = 2000;
/** Close codes of our own. @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2 */
const closeCodes = { goingAway: 1001, tooMuch: 1008, tooSlow: 4008, signedOut: 4001 } as const;

const clientMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("subscribe"),
    conversationId: z.string().max(128),
    after: z.coerce.string().max(40).optional(),
  }),
  z.object({ type: z.literal("unsubscribe"), conversationId: z.string().max(128) }),
]);

export interface Sockets {
  /** Answers an HTTP upgrade: with a WebSocket if its ticket is good, with an HTTP error if not. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every socket that the server goes away. */
  close(): Promise<void>;
}

export function createSockets(services: Services, onUnexpected: (error: unknown) => void): Sockets {
  const guard = security(services.config);
  const server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });

  const streams = slots(services.config.limits.streamsPerUser);

  async function admit(request: IncomingMessage): Promise<Principal> {
    guard.checkHost(request.headers);
    const url = URL.parse(request.url ?? "/", "http://localhost");
    if (url?.pathname !== "/ws") throw new NotFoundError("WebSockets are opened at /ws?ticket=…");
    return redeemSocketTicket(services.store, services.now(), url.searchParams.get("ticket") ?? "");
  }

  return {
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      const open = async () => {
        const principal = await admit(request);
        if (socket.destroyed) return;
        socket.once("close", openStream(streams, principal.userId));
        server.handleUpgrade(request, socket, head, (opened) => serve(opened, principal, services, onUnexpected));
      };
      open().catch((error: unknown) => {
        if (!(error instanceof AloftError)) onUnexpected(error);
        refuse(socket, error, requestId(request));
      });
    },
    async close() {
      for (const client of server.clients) client.close(closeCodes.goingAway, "The server is going away.");
      const impatience = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, closingMs);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(impatience);
    },
  };
}

function refuse(socket: Duplex, error: unknown, requestId: string): void {
  const problem = problemBody(toHttpError(error, false), requestId);
  const body = JSON.stringify(problem);
  const line = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`;
  const headers = `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`${line}\r\n${headers}\r\n\r\n${body}`);
}

function serve(
  socket: WebSocket,
  principal: Principal,
  services: Services,
  onUnexpected: (error: unknown) => void,
): void {
  const { store, now } = services;
  const context: Context = { store, now, principal, commit: commitNothing };
  const subscriptions = new Map<string, () => void>();
  let answered = true;
  let waiting = 0;
  let before = Promise.resolve();

  const send = (text: string) => {
    if (socket.bufferedAmount + text.length > maxWaitingBytes) socket.close(closeCodes.tooSlow, "Too slow: resume.");
    else if (socket.readyState === socket.OPEN) socket.send(text);
  };
  const say = (message: Readonly<Record<string, unknown>>) => send(JSON.stringify(message));
  const unsubscribe = (conversationId: string) => {
    subscriptions.get(conversationId)?.();
    subscriptions.delete(conversationId);
  };

  const drop = (conversationId: string) => {
    unsubscribe(conversationId);
    say({ type: "unsubscribed", conversationId });
  };

  async function subscribe(conversationId: string, given: string | undefined): Promise<void> {
    requireScope(principal, "conversations:read");
    const after = given === undefined ? undefined : parseEventId(given);
    if (given !== undefined && after === undefined) return fail("invalid_request", '"after" is not an event id.');
    const conversation = presentConversation(await getConversation(context, conversationId), services);
    unsubscribe(conversationId);
    if (subscriptions.size >= maxSubscriptions) return fail("too_many_subscriptions", `At most ${maxSubscriptions}.`);
    say({ type: "subscribed", conversationId });
    const leave = await services.events.subscribe(conversation, after, {
      userId: principal.userId,
      by: principal.by.id,
      send: (frame) => send(frame.socket()),
      async drained() {
        while (socket.bufferedAmount > maxWaitingBytes / 4 && socket.readyState === socket.OPEN) await pause(5);
      },
      end() {
        subscriptions.delete(conversationId);
        say({ type: "unsubscribed", conversationId });
      },
    });
    if (socket.readyState !== socket.OPEN) return leave();
    subscriptions.set(conversationId, leave);
    // Whoever lost access while joining was not among the listeners who were dismissed.
    if (!(await mayListen(context, conversationId, now()))) drop(conversationId);
    return undefined;

    function fail(code: string, detail: string): void {
      say({ type: "error", conversationId, code, detail });
    }
  }

  /** One request after another: a later one is about what the earlier ones have done. */
  function enqueue(text: string): void {
    if (++waiting > maxWaitingRequests) socket.close(closeCodes.tooMuch, "Too many requests wait for an answer.");
    before = before
      .then(() => (socket.readyState === socket.OPEN ? receive(text) : undefined))
      .finally(() => (waiting -= 1));
  }

  async function receive(text: string): Promise<void> {
    const message = parse(text);
    if (message === undefined) {
      say({ type: "error", code: "invalid_request", detail: 'Send {"type":"subscribe","conversationId":"…"}.' });
    } else if (message.type === "unsubscribe") {
      drop(message.conversationId);
    } else {
      const { conversationId, after } = message;
      await subscribe(conversationId, after).catch((error: unknown) => {
        if (!(error instanceof AloftError)) onUnexpected(error);
        const { code, detail } = error instanceof AloftError ? { code: error.code, detail: error.message } : internal;
        say({ type: "error", conversationId, code, detail });
      });
    }
  }

  async function recheck(): Promise<void> {
    if (!(await isStillValid(store, now(), principal))) return socket.close(closeCodes.signedOut, "Signed out.");
    for (const conversationId of subscriptions.keys()) {
      if (!(await mayListen(context, conversationId, now()))) drop(conversationId);
    }
    return undefined;
  }

  const ping = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
    return void recheck().catch(onUnexpected);
  }, pingMs);
  socket.on("pong", () => (answered = true));
  socket.on("message", (data, isBinary) => enqueue(isBinary ? "" : (data as Buffer).toString("utf8")));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(ping);
    for (const conversationId of subscriptions.keys()) unsubscribe(conversationId);
  });
}

const internal = { code: "internal", detail: "Something went wrong on the server." } as const;

function parse(text: string): z.output<typeof clientMessage> | undefined {
  try {
    return clientMessage.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A socket only reads. */
function commitNothing(): never {
  throw new TypeError("a socket's context does not write");
}
