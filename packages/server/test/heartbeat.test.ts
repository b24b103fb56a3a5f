import { WebSocket } from "ws";
import { afterEach, expect, test, vi } from "vitest";
import { startBackend, until } from "./support/backend.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** CloudFront gives up on an origin that says nothing for 30 s, a load balancer on a connection after 60 s. */
const leastPatienceMs = 30_000;

test(
  "[landing.image.heartbeat] an event stream and a WebSocket say something before anybody between gives them up",
  { timeout: 60_000 },
  async () => {
    await using backend = await startBackend();
    const { body: conversation } = await backend.owner.post("/api/v1/conversations", {});
    const { body: ticket } = await backend.owner.post("/api/v1/socket-tickets");
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });

    const abort = new AbortController();
    const { headers } = backend.owner;
    const address = `${backend.url}/api/v1/conversations/${conversation.id}/events`;
    const stream = await fetch(address, { headers, signal: abort.signal });
    let text = "";
    const read = stream.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (piece) => void (text += piece) }));
    const socket = new WebSocket(ticket.url);
    let pings = 0;
    socket.on("ping", () => (pings += 1));
    await new Promise((resolve) => socket.once("open", resolve));
    await until(() => (text.includes("retry:") ? true : undefined));

    const beats = () => text.split(": still here\n\n").length - 1;
    expect([beats(), pings]).toEqual([0, 0]);
    vi.advanceTimersByTime(leastPatienceMs / 2);
    await until(() => (beats() === 1 ? true : undefined));
    vi.advanceTimersByTime(leastPatienceMs / 2);
    await until(() => (beats() === 2 && pings === 1 ? true : undefined));
    abort.abort();
    await read?.catch(() => undefined);
    socket.terminate();
  },
);
