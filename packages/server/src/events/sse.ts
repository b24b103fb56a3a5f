import type { ServerResponse } from "node:http";
import type { Context } from "@aloft/core/context";
import type { FastifyReply } from "fastify";
import type { Services } from "../services.ts";
import type { EventId } from "./event-id.ts";
import type { Presented } from "./hub.ts";
import { mayListen } from "./may-listen.ts";

const heartbeatMs = 15_000;
/** What may wait in memory for a reader who does not read. */
export const maxWaitingBytes: number = 1024 * 1024;

async function drained(raw: ServerResponse): Promise<void> {
  if (!raw.writableNeedDrain || raw.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      raw.off("drain", go).off("close", go);
      resolve();
    };
    raw.on("drain", go).on("close", go);
  });
}

/**
 * Takes the reply over and streams a conversation's events until either side ends it.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function openStream(options: {
  readonly context: Context;
  readonly services: Services;
  readonly conversation: Presented;
  readonly after: EventId | undefined;
  readonly reply: FastifyReply;
}): Promise<void> {
  const { context, services, conversation, after, reply } = options;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  raw.write("retry: 1000\n\n");
  const end = () => void raw.end();
  let leave: (() => void) | undefined;
  const heartbeat = setInterval(() => {
    raw.write(": still here\n\n");
    void mayListen(context, conversation.id, services.now()).then((may) => may || end(), end);
  }, heartbeatMs);
  raw.on("close", () => {
    clearInterval(heartbeat);
    leave?.();
  });
  raw.on("error", end);
  const send = (bytes: Buffer) => {
    if (raw.writableLength + bytes.length > maxWaitingBytes) raw.destroy();
    else raw.write(bytes);
  };
  try {
    leave = await services.events.subscribe(conversation, after, {
      userId: context.principal.userId,
      by: context.principal.by.id,
      send: (frame) => send(frame.sse()),
      drained: () => drained(raw),
      end,
    });
    // Whoever lost access while joining was not among the listeners who were dismissed.
    if (!(await mayListen(context, conversation.id, services.now()))) end();
  } catch (error) {
    reply.log.error({ err: error }, "a stream broke off");
    raw.destroy();
  }
  if (raw.destroyed) leave?.();
}
