import { EventSourceParserStream } from "eventsource-parser/stream";

export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly data: any;
}

/** Reads a conversation's events as a client does. */
export interface Reader {
  readonly seen: SeenEvent[];
  until(holds: (event: SeenEvent) => boolean): Promise<SeenEvent>;
  close(): void;
  readonly closed: Promise<void>;
}

export async function readEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  lastEventId?: string,
): Promise<Reader> {
  const abort = new AbortController();
  const resume = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await fetch(url, { headers: { ...headers, ...resume }, signal: abort.signal });
  if (response.status !== 200 || response.body === null) {
    throw new Error(`events answered ${response.status}: ${await response.text()}`);
  }
  const seen: SeenEvent[] = [];
  const waiting = new Set<() => void>();
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const closed = (async () => {
    try {
      for await (const { id, event, data } of events) {
        seen.push({ id: id ?? "", type: event ?? "", data: JSON.parse(data) });
        for (const wake of waiting) wake();
      }
    } catch {
      // Aborted by close(), or cut off by the server.
    }
  })();
  return {
    seen,
    closed,
    close: () => abort.abort(),
    until(holds) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no such event among ${seen.map((event) => event.type).join(", ")}`));
        }, 10_000);
        const look = () => {
          const found = seen.find(holds);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
