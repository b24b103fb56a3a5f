import { expect, test } from "vitest";
import { gated, routes, stream } from "./routes.ts";
import { startShell } from "./shell.ts";

const root = "/api/v1/organizations";

test("[api.limits.server] a server takes its burst and its rate, tells the rest when to come back, and stays alive", async () => {
  await using shell = await startShell(routes, { limits: { server: { perSecond: 10, burst: 20 } } });
  const statuses = [];
  for (let i = 0; i < 25; i++) statuses.push((await shell.send("GET", "/api/v1/whoever")).statusCode);
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), ...Array.from({ length: 5 }, () => 429)]);
  const refused = await shell.send("GET", "/api/v1/whoever");
  expect(refused.json()).toMatchObject({
    code: "rate_limited",
    detail: 'You are over the limit "server". Try again in 1 s.',
  });
  expect(refused.headers).toMatchObject({
    "retry-after": "1",
    "ratelimit-policy": '"server";q=20;w=2',
    ratelimit: '"server";r=0;t=1',
  });
  expect((await shell.send("GET", "/health")).statusCode).toBe(200);
  shell.pass(1000);
  expect((await shell.send("GET", "/api/v1/whoever")).statusCode).toBe(200);
});

test("[api.limits.user] a user gets less than the server, and others are not kept from theirs", async () => {
  await using shell = await startShell(routes, { limits: { user: { perSecond: 1, burst: 3 } } });
  const key = await shell.key(["organizations:read"]);
  const remaining = [];
  for (const headers of [shell.browser, key, shell.browser]) {
    const sent = await shell.send("GET", root, headers);
    remaining.push([sent.statusCode, sent.headers["ratelimit"]]);
  }
  expect(remaining).toEqual([2, 1, 0].map((left) => [200, `"user";r=${left};t=${left === 0 ? 1 : 0}`]));
  const refused = await shell.send("GET", root, key);
  expect(refused.json()).toMatchObject({ status: 429, code: "rate_limited" });
  expect(refused.headers["retry-after"]).toBe("1");
  expect((await shell.send("GET", "/api/v1/whoever")).statusCode).toBe(200);
  await using other = await startShell(routes, { store: shell.store });
  expect((await other.send("GET", root, other.browser)).statusCode).toBe(200);
});

test("[api.limits.guesses] whoever guesses codes is soon stopped, also from guessing right; right ones cost nothing", async () => {
  await using shell = await startShell(routes, { limits: { guesses: { perSecond: 0.1, burst: 5 } } });
  const ask = async (code: string, remoteAddress: string) =>
    (
      await shell.app.inject({
        method: "GET",
        url: `/api/v1/guess/${code}`,
        headers: { host: "localhost" },
        remoteAddress,
      })
    ).statusCode;
  for (let i = 0; i < 20; i++) expect(await ask("right", "10.0.0.1")).toBe(200);
  for (let i = 0; i < 5; i++) expect(await ask(`wrong-${i}`, "10.0.0.1")).toBe(404);
  expect(await ask("right", "10.0.0.1")).toBe(429);
  expect(await ask("right", "10.0.0.2")).toBe(200);
  shell.pass(10_000);
  expect(await ask("right", "10.0.0.1")).toBe(200);
});

test("[api.limits.concurrency] more requests at once than it can handle are sent away, not queued", async () => {
  const { route, waiting } = gated("/api/v1/gated");
  await using shell = await startShell([route], { limits: { requestsInFlight: 2 } });
  const held = [shell.send("GET", "/api/v1/gated"), shell.send("GET", "/api/v1/gated")];
  await expect.poll(() => waiting.length).toBe(2);
  const refused = await shell.send("GET", "/api/v1/gated");
  expect(refused.json()).toMatchObject({ status: 503, code: "overloaded" });
  expect(refused.headers["retry-after"]).toBe("1");
  expect((await shell.send("GET", "/health/ready")).statusCode).toBe(200);
  for (const go of waiting) go();
  for (const sent of await Promise.all(held)) expect(sent.statusCode).toBe(200);
  const again = shell.send("GET", "/api/v1/gated");
  await expect.poll(() => waiting.length).toBe(3);
  waiting[2]?.();
  expect((await again).statusCode).toBe(200);
});

test("[api.limits.guesses] behind a proxy the address is the one that the proxy saw, whatever the client claims", async () => {
  const limits = { guesses: { perSecond: 0.1, burst: 2 } };
  await using shell = await startShell(routes, {
    limits,
    config: { publicUrl: "https://agents.example.com", proxyHops: 1 },
  });
  const ask = async (code: string, forwarded: string) =>
    (await shell.send("GET", `/api/v1/guess/${code}`, { "x-forwarded-for": forwarded })).statusCode;
  for (const claimed of ["1.1.1.1", "2.2.2.2"]) expect(await ask("wrong", `${claimed}, 10.0.0.1`)).toBe(404);
  expect(await ask("right", "3.3.3.3, 10.0.0.1")).toBe(429);
  expect(await ask("right", "10.0.0.1, 10.0.0.2")).toBe(200);
});

test("[landing.image.proxies] behind two proxies it is the one that the first of them saw, whatever is claimed before", async () => {
  const limits = { guesses: { perSecond: 0.1, burst: 2 } };
  await using shell = await startShell(routes, { limits, config: { proxyHops: 2 } });
  const ask = async (code: string, forwarded: string) =>
    (await shell.send("GET", `/api/v1/guess/${code}`, { "x-forwarded-for": forwarded })).statusCode;
  // What the caller claims, what the first proxy saw, what the second saw: the first proxy itself, at any address.
  expect(await ask("wrong", "1.1.1.1, 203.0.113.9, 10.0.0.1")).toBe(404);
  expect(await ask("wrong", "203.0.113.9, 10.0.0.2")).toBe(404);
  expect(await ask("right", "198.51.100.4, 2001:db8::1, 203.0.113.9, 10.0.0.3")).toBe(429);
  expect(await ask("right", "203.0.113.9, 203.0.113.10, 10.0.0.1")).toBe(200);
});

test("[landing.image.health-host] a load balancer learns by any Host that the server is alive, and nothing else", async () => {
  const config = {
    listen: { host: "0.0.0.0", port: 0, loopback: false },
    publicUrl: "https://d1.cloudfront.net",
    hosts: ["internal-lb.example"],
  };
  await using shell = await startShell(routes, { config });
  const status = async (path: string, host: string) => (await shell.send("GET", path, { host })).statusCode;
  expect(await status("/health", "10.0.1.17:3000")).toBe(200);
  expect(await status("/health?x=1", "10.0.1.17:3000")).toBe(200);
  for (const path of ["/health/ready", "/health/", "/docs", "/openapi.json", "/", "/api/v1/whoever"]) {
    expect(await status(path, "10.0.1.17:3000"), path).toBe(421);
  }
  for (const host of ["internal-lb.example", "d1.cloudfront.net"]) {
    expect(await status("/health/ready", host), host).toBe(200);
  }
});

test("[api.limits.streams] open streams are counted for each user, and take no place of a request's", async () => {
  await using shell = await startShell([...routes, stream], { limits: { streamsPerUser: 2, requestsInFlight: 1 } });
  const address = await shell.app.listen({ host: "127.0.0.1", port: 0 });
  const open = async () => {
    const abort = new AbortController();
    const response = await fetch(`${address}/api/v1/stream`, { headers: shell.browser, signal: abort.signal });
    return { response, abort };
  };
  const [first, second] = [await open(), await open()];
  expect([first.response.status, second.response.status]).toEqual([200, 200]);
  const refused = await open();
  expect([refused.response.status, await refused.response.json()]).toMatchObject([429, { code: "rate_limited" }]);
  expect((await fetch(`${address}/api/v1/whoever`)).status).toBe(200);
  first.abort.abort();
  await expect.poll(async () => (await open()).response.status).toBe(200);
  second.abort.abort();
  shell.app.server.closeAllConnections();
});
