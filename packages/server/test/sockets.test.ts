import { connect } from "node:net";
import { WebSocket } from "ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, cookieOf, startBackend, until } from "./support/backend.ts";
import { readEvents } from "./support/events.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const api = "/api/v1";
const begin = async (body: object = { title: "Talk" }) => {
  const made = await backend.owner.post(`${api}/conversations`, body);
  return { id: made.body.id as string, path: `${api}/conversations/${made.body.id}` };
};

async function openSocket(by: Pick<Backend["owner"], "post"> = backend.owner) {
  const { body } = await by.post(`${api}/socket-tickets`);
  const socket = new WebSocket(body.url);
  const frames: any[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString("utf8"))));
  const status = await new Promise<number>((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
  });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  return { socket, frames, status, closed, send: (message: object) => socket.send(JSON.stringify(message)) };
}

test("[sockets.twice] subscribing many times at once tells everything once, and unsubscribing ends it", async () => {
  const { id, path } = await begin();
  const { socket, frames, send } = await openSocket();
  for (let i = 0; i < 10; i++) send({ type: "subscribe", conversationId: id });
  await until(() => (frames.filter((frame) => frame.type === "subscribed").length === 10 ? true : undefined));
  await backend.owner.post(`${path}/messages`, { text: "once" });
  await until(() => frames.find((frame) => frame.type === "message.created"));
  await backend.owner.post(`${path}/messages`, { text: "twice" });
  await until(() => frames.find((frame) => frame.data?.text === "twice"));
  expect(frames.filter((frame) => frame.type === "message.created").map(({ data }) => data.text)).toEqual([
    "once",
    "twice",
  ]);
  send({ type: "subscribe", conversationId: id });
  send({ type: "unsubscribe", conversationId: id });
  await until(() => frames.find((frame) => frame.type === "unsubscribed"));
  await backend.owner.post(`${path}/messages`, { text: "unheard" });
  send({ type: "subscribe", conversationId: "none" });
  await until(() => frames.find((frame) => frame.code === "not_found"));
  expect(frames.find((frame) => frame.data?.text === "unheard")).toBeUndefined();
  socket.terminate();
});

test("[sockets.limits] more conversations than a socket may hear of, and more requests than it may wait for", async () => {
  const made = await Promise.all(Array.from({ length: 101 }, () => begin()));
  const { frames, send, closed } = await openSocket();
  for (const { id } of made) send({ type: "subscribe", conversationId: id });
  await until(() => frames.find((frame) => frame.code === "too_many_subscriptions"));
  expect(frames.filter((frame) => frame.type === "subscribed")).toHaveLength(100);
  for (let i = 0; i < 1000; i++) send({ type: "subscribe", conversationId: "cnv_none" });
  expect(await closed).toBe(1008);
}, 40_000);

test("[sockets.ended] a ticket of a session that has ended since opens nothing", async () => {
  const { body: link } = await backend.owner.post(`${api}/me/sign-in-links`);
  const opened = await fetch(link.url, { redirect: "manual" });
  const browser = backend.client({ cookie: cookieOf(opened.headers), "sec-fetch-site": "same-origin" });
  const ticket = await browser.post(`${api}/socket-tickets`);
  await browser.post("/auth/sign-out");
  const late = await openSocket({ post: async () => ticket });
  expect(late.status).toBe(401);
});

test("[sign-in.sessions] a session or key that is ended hears nothing any more, at once", async () => {
  const { path } = await begin();
  const id = path.split("/").at(-1);
  const { body: link } = await backend.owner.post(`${api}/me/sign-in-links`);
  const opened = await fetch(link.url, { redirect: "manual" });
  const second = backend.client({ cookie: cookieOf(opened.headers), "sec-fetch-site": "same-origin" });
  const key = await backend.owner.post(`${api}/keys`, { name: "Reader", scopes: ["conversations:read"] });
  const bySession = await readEvents(`${backend.url}${path}/events`, second.headers);
  const byKey = await readEvents(`${backend.url}${path}/events`, { authorization: `Bearer ${key.body.key}` });
  const stays = await readEvents(`${backend.url}${path}/events`, backend.owner.headers);
  const { frames, send, socket } = await openSocket(second);
  send({ type: "subscribe", conversationId: id });
  await until(() => frames.find((frame) => frame.type === "subscribed"));
  await second.post("/auth/sign-out");
  await backend.owner.request("DELETE", `${api}/keys/${key.body.id}`);
  await Promise.all([bySession.closed, byKey.closed]);
  await until(() => frames.find((frame) => frame.type === "unsubscribed"));
  await backend.owner.post(`${path}/messages`, { text: "still here" });
  await stays.until((event) => event.data.text === "still here");
  stays.close();
  socket.terminate();
});

test("[sockets.limits] a user has only so many sockets open, and may open another when one is closed", async () => {
  const person = await backend.join("Many tabs");
  const sockets = await Promise.all(Array.from({ length: 32 }, () => openSocket(person)));
  expect(sockets.every(({ status }) => status === 101)).toBe(true);
  expect((await openSocket(person)).status).toBe(429);
  const other = await openSocket();
  expect(other.status).toBe(101);
  sockets[0]?.socket.close();
  await sockets[0]?.closed;
  const again = await until(async () => {
    const one = await openSocket(person);
    return one.status === 101 ? one : undefined;
  });
  for (const { socket } of [...sockets, other, again]) socket.terminate();
});

test("[sockets.ticket] an upgrade of what is no address is refused, and the server goes on", async () => {
  const { hostname, port } = new URL(backend.url);
  for (const address of ["//", "http://[", "/ws?ticket=%zz", "*"]) {
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    socket.on("error", () => undefined);
    const headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13";
    socket.write(`GET ${address} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 (?:400|401|404) /);
    socket.destroy();
  }
  expect(backend.log()).not.toContain('"unexpected"');
});

test("[sockets.limits] a server that closes does not wait for sockets and streams that are silent", async () => {
  const own = await startBackend();
  const made = await own.owner.post(`${api}/conversations`, { title: "Silent" });
  const { body } = await own.owner.post(`${api}/socket-tickets`);
  const { hostname, port } = new URL(own.url);
  const silent = connect(Number(port), hostname);
  silent.on("error", () => undefined);
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
  const upgrade = `Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}`;
  silent.write(`GET ${body.url.slice(body.url.indexOf("/ws"))} HTTP/1.1\r\n${upgrade}\r\n\r\n`);
  expect(String(await new Promise((resolve) => silent.once("data", resolve)))).toMatch(/^HTTP\/1\.1 101/);
  silent.pause();
  const stream = await readEvents(`${own.url}${api}/conversations/${made.body.id}/events`, own.owner.headers);
  const before = performance.now();
  await own.stop();
  expect(performance.now() - before).toBeLessThan(5000);
  await stream.closed;
  silent.destroy();
});

test("[events.joining] who is removed while a stream is being opened does not hear what comes after", async () => {
  const guest = await backend.join("Removed");
  for (let round = 0; round < 8; round++) {
    const { path } = await begin({ title: "Shared", userIds: [guest.userId] });
    const opening = readEvents(`${backend.url}${path}/events?after=0`, guest.headers).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, round));
    await backend.owner.request("DELETE", `${path}/participants/${guest.userId}`);
    const stream = await opening;
    await stream?.closed;
    await backend.owner.post(`${path}/messages`, { text: "unheard" });
    expect(stream?.seen.find((event) => event.data.text === "unheard")).toBeUndefined();
  }
});
