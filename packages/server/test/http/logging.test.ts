import { expect, test } from "vitest";
import { routes } from "./routes.ts";
import { startShell } from "./shell.ts";

test("[api.log.lines] a request is one line of JSON: its pattern, status, time and user", async () => {
  await using shell = await startShell(routes);
  await shell.send("GET", "/api/v1/organizations/org_1", { ...shell.browser, "x-request-id": "abc.1" });
  const lines = shell
    .log()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    requestId: "abc.1",
    method: "GET",
    route: "/api/v1/organizations/:id",
    status: 404,
    ms: expect.any(Number),
    userId: shell.userId,
    message: "request",
  });
});

test("[api.log.silent] no address, query, body, cookie, key, name or secret is in the log", async () => {
  await using shell = await startShell(routes, { config: { authSecret: "MARKER-auth-secret-0123456789-abcdefghij" } });
  const key = await shell.key(["organizations:write", "organizations:read", "keys:write"]);
  const marked = {
    "user-agent": "MARKER-agent",
    referer: "http://localhost/MARKER-referer",
    "idempotency-key": "MARKER-key",
  };
  const statuses = [
    await shell.send("POST", "/api/v1/organizations?q=MARKER-query", { ...key, ...marked }, { name: "MARKER-name" }),
    await shell.send("POST", "/api/v1/organizations", { ...key, ...marked }, '{"name":"MARKER-malformed'),
    await shell.send("POST", "/api/v1/organizations", { ...key, ...marked }, { name: "MARKER".repeat(9) }),
    await shell.send("GET", "/api/v1/organizations/MARKER-id", { ...key, ...marked }),
    await shell.send("GET", "/MARKER-path", marked),
    await shell.send("GET", "/MARKER-%zz", marked),
    await shell.send("GET", "/api/v1/organizations", {
      ...marked,
      cookie: shell.browser["cookie"]?.replace(/=.*/, "=MARKER-cookie") ?? "",
    }),
    await shell.send("GET", "/api/v1/organizations", { ...marked, authorization: "Bearer MARKER-bearer" }),
    await shell.send("GET", "/api/v1/organizations?cursor=MARKER-cursor", { ...key, ...marked }),
    await shell.send("GET", "/api/v1/whoever", { ...marked, host: "MARKER-host" }),
  ].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual([201, 400, 400, 404, 404, 400, 401, 401, 400, 421]);
  expect(shell.log().trim().split("\n").length).toBeGreaterThanOrEqual(9);
  expect(shell.log()).not.toMatch(/MARKER/);
  expect(shell.log()).not.toContain(key["authorization"]?.slice(-20));
});

test("[api.log.request-id] an id that is fit for a log is kept, any other is replaced", async () => {
  await using shell = await startShell(routes);
  expect((await shell.send("GET", "/api/v1/whoever", { "x-request-id": "trace-1.a_B" })).headers["x-request-id"]).toBe(
    "trace-1.a_B",
  );
  for (const given of ["two words", 'quote"', "x".repeat(129), "ümlaut", ""]) {
    const { headers } = await shell.send("GET", "/api/v1/whoever", { "x-request-id": given });
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  }
});
