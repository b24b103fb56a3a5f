import { type EventId, formatEventId } from "./event-id.ts";

/** An event ready to send: encoded once for each kind of connection, however many listen. */
export interface Frame {
  readonly id: EventId;
  readonly type: string;
  /** Of its data as JSON. */
  readonly bytes: number;
  readonly sse: () => Buffer;
  readonly socket: () => string;
}

export function frame(conversationId: string, id: EventId, type: string, data: unknown): Frame {
  const json = JSON.stringify(data);
  const named = formatEventId(id);
  let sse: Buffer | undefined;
  let socket: string | undefined;
  return {
    id,
    type,
    bytes: json.length,
    sse: () => (sse ??= Buffer.from(`id: ${named}\nevent: ${type}\ndata: ${json}\n\n`)),
    socket: () =>
      (socket ??= `{"id":"${named}","type":"${type}","conversationId":${JSON.stringify(conversationId)},"data":${json}}`),
  };
}
