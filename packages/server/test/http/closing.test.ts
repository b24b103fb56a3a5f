import { connect } from "node:net";
import { Agent, get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { gated } from "./routes.ts";
import { startShell } from "./shell.ts";

function request(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent }, resolve).on("error", reject));
}

test("[api.close.graceful] a server that closes finishes what is under way, ends the connection, and takes no more", async () => {
  const { route, waiting } = gated("/api/v1/gated");
  await using shell = await startShell([route]);
  const address = await shell.app.listen({ host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true });
  const underWay = request(`${address}/api/v1/gated`, agent);
  await expect.poll(() => waiting.length).toBe(1);
  const idle = connect(Number(new URL(address).port), "127.0.0.1");
  const idleEnded = new Promise((resolve) => idle.on("close", resolve));
  await new Promise((resolve) => idle.on("connect", resolve));
  let closed = false;
  const closing = shell.app.close().then(() => (closed = true));
  await expect
    .poll(() =>
      fetch(`${address}/health`).then(
        () => "answers",
        () => "refused",
      ),
    )
    .toBe("refused");
  expect(closed).toBe(false);
  waiting[0]?.();
  const answer = await underWay;
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["connection"]).toBe("close");
  expect(JSON.parse(await text(answer))).toEqual({ done: true });
  await closing;
  await idleEnded;
  agent.destroy();
});

test("[api.close.deadline] what does not end in time is cut off", async () => {
  const { route, waiting } = gated("/api/v1/gated");
  await using shell = await startShell([route], { app: { timeouts: { drainMs: 100 } } });
  const address = await shell.app.listen({ host: "127.0.0.1", port: 0 });
  const agent = new Agent();
  const cutOff = request(`${address}/api/v1/gated`, agent).then(
    () => "answered",
    () => "cut off",
  );
  await expect.poll(() => waiting.length).toBe(1);
  await shell.app.close();
  expect(await cutOff).toBe("cut off");
  waiting[0]?.();
});
