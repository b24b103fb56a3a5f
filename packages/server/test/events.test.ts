import { createConnection } from "node:net";
import { WebSocket } from "ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareEventIds, parseEventId } from "../src/events/event-id.ts";
import { type Backend, startBackend, until } from "./support/backend.ts";
import { readEvents, type SeenEvent } from "./support/events.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const api = "/api/v1";

async function begin() {
  const agent = await backend.owner.post(`${api}/agents`, { name: "Speaker", tools: ["current_time"] });
  const made = await backend.owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
  const path = `${api}/conversations/${made.body.id}`;
  return { id: made.body.id as string, path, events: `${backend.url}${path}/events` };
}
const read = (events: string, lastEventId?: string) => readEvents(events, backend.owner.headers, lastEventId);
const say = (path: string, text: string) => backend.owner.post(`${path}/messages`, { text });
const ended = (event: SeenEvent) => event.type === "turn.ended";
const ids = (seen: readonly SeenEvent[]) => seen.map((event) => event.id);

function expectRising(seen: readonly SeenEvent[]): void {
  for (let i = 1; i < seen.length; i++) {
    const [a, b] = [parseEventId(seen[i - 1]!.id)!, parseEventId(seen[i]!.id)!];
    expect(compareEventIds(a, b), `${seen[i - 1]!.id} before ${seen[i]!.id}`).toBeLessThan(0);
  }
}
const textOf = (seen: readonly SeenEvent[]) =>
  seen.reduce((text, { type, data }) => {
    if (type === "turn.snapshot") return data.text as string;
    return type === "turn.delta" ? text + data.text : text;
  }, "");

test("[events.order] events rise, and the pieces of a reply add up to its message", async () => {
  const { path, events } = await begin();
  const reader = await read(`${events}?after=0`);
  await say(path, "use current_time, then count to 30");
  await reader.until(ended);
  reader.close();
  expectRising(reader.seen);
  const types = [...new Set(reader.seen.map((event) => event.type))];
  expect(types.toSorted()).toEqual(["message.created", "turn.delta", "turn.ended", "turn.started", "turn.tool"]);
  const reply = reader.seen.findLast((event) => event.type === "message.created")!;
  expect(reply.data).toMatchObject({ replyTo: 1, status: "complete" });
  expect(textOf(reader.seen)).toBe(reply.data.text);
  expect(reply.id).toBe("2-0");
  expect(JSON.stringify(reader.seen)).not.toContain("waitsFor");
});

test("[events.resume] readers that reconnect at every event see what one that stays sees", async () => {
  const { path, events } = await begin();
  const steady = await read(`${events}?after=0`);
  // Whoever has heard a turn end listens; who only asked to may still be on the way, and would then join in the middle.
  await say(path, "Hello");
  const { id: from } = await steady.until(ended);
  const heard = steady.seen.length;
  const seen: SeenEvent[] = [];
  const hopping = (async () => {
    let last = from;
    while (!seen.some(ended)) {
      const reader = await read(events, last);
      const before = seen.length;
      await reader.until(() => reader.seen.length >= 1);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      reader.close();
      await reader.closed;
      seen.push(...reader.seen);
      expect(seen.length).toBeGreaterThan(before);
      last = seen.at(-1)?.id ?? last;
    }
  })();
  await say(path, "count to 100");
  await Promise.all([steady.until((event) => ended(event) && event.id !== from), hopping]);
  steady.close();
  expect(ids(seen)).toEqual(ids(steady.seen.slice(heard)));
  expect(seen).toEqual(steady.seen.slice(heard));
});

test("[events.snapshot] who joins in the middle gets what was said so far", async () => {
  const { path, events } = await begin();
  const early = await read(`${events}?after=0`);
  await say(path, "count to 200");
  await until(() => (textOf(early.seen).length > 40 ? true : undefined));
  const late = await read(events);
  await late.until(ended);
  await early.until(ended);
  early.close();
  late.close();
  expect(late.seen[0]).toMatchObject({ type: "turn.snapshot", data: { turn: 1, agentName: "Speaker" } });
  expect(late.seen[0]?.data.text.length).toBeGreaterThan(20);
  const reply = early.seen.findLast((event) => event.type === "message.created");
  expect(textOf(late.seen)).toBe(reply?.data.text);
  expect((await backend.owner.get(path)).body.activeTurn).toBeNull();
});

test("[events.resume-restart] a reader who reconnects after a restart gets what it missed", async () => {
  const own = await startBackend();
  const made = await own.owner.post(`${api}/conversations`, { title: "Lasting" });
  const path = `${api}/conversations/${made.body.id}`;
  const reader = await readEvents(`${own.url}${path}/events?after=0`, own.owner.headers);
  await own.owner.post(`${path}/messages`, { text: "one" });
  const { id } = await reader.until((event) => event.type === "message.created");
  reader.close();
  await own.owner.post(`${path}/messages`, { text: "two" });
  await own.stop();
  await using again = await startBackend({ dataDir: own.dataDir });
  await again.owner.post(`${path}/messages`, { text: "three" });
  const resumed = await readEvents(`${again.url}${path}/events`, again.owner.headers, id);
  await resumed.until((event) => event.data.text === "three");
  resumed.close();
  const texts = resumed.seen.filter((event) => event.type === "message.created").map((event) => event.data.text);
  expect(texts).toEqual(["two", "three"]);
});

test("[events.bad-id] an id that is none is refused with what one looks like", async () => {
  const { path } = await begin();
  const refused = await backend.owner.get(`${path}/events?after=yesterday`);
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain("12-0");
});

test("[events.slow] a reader who does not read is cut off, and resumes from where it got", async () => {
  await using own = await startBackend();
  const made = await own.owner.post(`${api}/conversations`, { title: "Loud" });
  const path = `${api}/conversations/${made.body.id}`;
  const { hostname, port } = new URL(own.url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  let received = 0;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  socket.write(
    `GET ${path}/events?after=0 HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${own.owner.headers["cookie"]}\r\n\r\n`,
  );
  const large = "x".repeat(60_000);
  for (let i = 0; i < 180; i++) {
    expect((await own.owner.post(`${path}/messages`, { text: `${i} ${large}` })).status).toBe(201);
  }
  socket.on("data", (chunk) => (received += chunk.length));
  await closed;
  expect(received).toBeLessThan(180 * 60_000);
  const again = await readEvents(`${own.url}${path}/events?after=150`, own.owner.headers);
  await again.until((event) => event.id === "180-0");
  again.close();
  expect(ids(again.seen.filter((event) => event.type === "message.created"))[0]).toBe("151-0");
});

async function openSocket() {
  const { body } = await backend.owner.post(`${api}/socket-tickets`);
  const socket = new WebSocket(body.url);
  const frames: any[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString("utf8"))));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return { socket, frames, url: body.url as string, send: (message: object) => socket.send(JSON.stringify(message)) };
}

const refusal = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  new Promise<number>((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.once("open", () => resolve(101));
    socket.on("error", () => undefined);
  });

test("[sockets.ticket] a ticket opens one socket, once", async () => {
  const { socket, url } = await openSocket();
  expect(await refusal(url)).toBe(401);
  expect(await refusal(`${backend.url.replace("http", "ws")}/ws?ticket=made-up`)).toBe(401);
  expect(await refusal(`${backend.url.replace("http", "ws")}/ws`)).toBe(401);
  expect(await refusal(`${backend.url.replace("http", "ws")}/elsewhere`)).toBe(404);
  expect(await refusal(url, { host: "evil.example" })).toBe(421);
  socket.terminate();
});

test("[sockets.events] a socket tells the same events under the same ids, of many conversations", async () => {
  const [a, b] = [await begin(), await begin()];
  const stream = await read(`${a.events}?after=0`);
  const { socket, frames, send } = await openSocket();
  send({ type: "subscribe", conversationId: a.id, after: "0" });
  send({ type: "subscribe", conversationId: b.id, after: 0 });
  await Promise.all([say(a.path, "count to 20"), say(b.path, "Hello")]);
  const of = (id: string) => frames.filter((frame) => frame.conversationId === id && frame.id !== undefined);
  await stream.until(ended);
  await until(() => (of(a.id).some(ended) && of(b.id).some(ended) ? true : undefined));
  stream.close();
  expect(of(a.id).map(({ id, type, data }) => ({ id, type, data }))).toEqual(stream.seen);
  send({ type: "unsubscribe", conversationId: a.id });
  await until(() => frames.find((frame) => frame.type === "unsubscribed"));
  const before = of(a.id).length;
  await say(a.path, "Hello again");
  await until(async () => ((await backend.owner.get(a.path)).body.activeTurn === null ? true : undefined));
  expect(of(a.id)).toHaveLength(before);
  socket.terminate();
});

test("[sockets.access] a socket tells nothing of what is not its user's, and answers nonsense clearly", async () => {
  const { socket, frames, send } = await openSocket();
  send({ type: "subscribe", conversationId: "cnv_of_somebody_else" });
  await until(() => frames.find((frame) => frame.code === "not_found"));
  socket.send("{nonsense");
  await until(() => frames.find((frame) => frame.code === "invalid_request"));
  const { id } = await begin();
  send({ type: "subscribe", conversationId: id, after: "x" });
  await until(() => frames.find((frame) => frame.conversationId === id && frame.code === "invalid_request"));
  socket.terminate();
});
