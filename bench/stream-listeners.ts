import { once } from "node:events";

interface Start {
  readonly url: string;
  readonly conversations: readonly { readonly id: string; readonly cookie: string }[];
}

/** Words that have reached all listeners together. */
let tokens = 0;

const [{ url, conversations }] = (await once(process, "message")) as [Start];
await Promise.all(
  conversations.map(async ({ id, cookie }) => {
    const events = await fetch(`${url}/api/v1/conversations/${id}/events?after=0`, { headers: { cookie } });
    if (!events.ok || events.body === null) throw new Error(`events answered ${events.status}`);
    void count(events.body);
  }),
);
process.on("message", () => process.send?.(tokens));
process.send?.("listening");

async function count(body: ReadableStream<Uint8Array>): Promise<void> {
  const text = new TextDecoder();
  try {
    for await (const chunk of body) tokens += text.decode(chunk, { stream: true }).split(" word").length - 1;
  } catch {
    // The server is gone.
  }
}
