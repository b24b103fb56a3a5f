import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tcpProxy, type TcpProxy } from "./support/proxy.ts";

let server: Server;
let proxy: TcpProxy;
let received: string;
const open: Socket[] = [];

beforeEach(async () => {
  received = "";
  server = createServer((socket) => {
    socket
      .on("error", () => undefined)
      .on("data", (piece) => {
        received += String(piece);
        socket.write(`echo ${String(piece)}`);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy = await tcpProxy({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await proxy[Symbol.asyncDispose]();
  await new Promise((resolve) => server.close(resolve));
});

/** A client, what it has heard, and the code of the error it ended with. */
async function client() {
  const socket = connect({ host: "127.0.0.1", port: proxy.port });
  open.push(socket);
  const state = { heard: "", code: undefined as string | undefined };
  socket.on("data", (piece) => (state.heard += String(piece)));
  socket.on("error", (error: NodeJS.ErrnoException) => (state.code = error.code));
  await once(socket, "connect");
  return { socket, state };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await delay(10);
  expect(holds()).toBe(true);
}

test("[faults.proxy] passes both ways, and cuts with a reset", async () => {
  const { socket, state } = await client();
  socket.write("one");
  await until(() => state.heard === "echo one");
  expect(proxy.cut()).toBe(1);
  await until(() => state.code === "ECONNRESET");
  expect(proxy.counts).toEqual({ connections: 1, faults: 1 });
});

test("[faults.proxy] stalls, and goes on in order", async () => {
  const { socket, state } = await client();
  proxy.set({ kind: "stall" });
  socket.write("one");
  await delay(150);
  expect({ received, heard: state.heard }).toEqual({ received: "", heard: "" });
  socket.write("two");
  proxy.set({ kind: "pass" });
  await until(() => received === "onetwo" && state.heard.replaceAll("echo ", "") === "onetwo");
});

test("[faults.proxy] refuses who comes, and leaves who is there", async () => {
  const first = await client();
  first.socket.write("a");
  await until(() => first.state.heard === "echo a");
  proxy.set({ kind: "refuse" });
  const second = connect({ host: "127.0.0.1", port: proxy.port });
  open.push(second);
  const [error] = (await once(second, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNRESET");
  first.socket.write("b");
  await until(() => first.state.heard === "echo aecho b");
});

test("[faults.proxy] loses the answer to what was done", async () => {
  const { socket, state } = await client();
  proxy.set({ kind: "lose-answers" });
  socket.write("one");
  await until(() => state.code === "ECONNRESET");
  expect({ received, heard: state.heard }).toEqual({ received: "one", heard: "" });
});

test("[faults.proxy] is as slow as it was told", async () => {
  const { socket, state } = await client();
  proxy.set({ kind: "slow", bytesPerSecond: 100, latencyMs: 100 });
  const started = performance.now();
  socket.write("0123456789");
  await until(() => state.heard === "echo 0123456789");
  expect(performance.now() - started).toBeGreaterThan(400);
});
