import { apiKeys, sessions } from "@aloft/core/identity/tables";
import { dayMs, minuteMs } from "@aloft/core/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { routes } from "./routes.ts";
import { type Shell, startShell } from "./shell.ts";

let shell: Shell;
beforeEach(async () => {
  shell = await startShell(routes);
});
afterEach(() => shell[Symbol.asyncDispose]());

const root = "/api/v1/organizations";

describe("sessions", () => {
  test("[api.auth.session] a session lives for 14 days after its last use, noted at most once a minute", async () => {
    const theirs = async () => {
      const { items } = await shell.store.query(sessions, { index: "byUser", where: { userId: shell.userId } });
      return items[0];
    };
    const before = await theirs();
    shell.pass(1);
    expect((await shell.send("GET", root, shell.browser)).headers["set-cookie"]).toBeUndefined();
    shell.pass(minuteMs - 2);
    await shell.send("GET", root, shell.browser);
    expect((await theirs())?.version).toBe(before?.version);
    shell.pass(1);
    const sent = await shell.send("GET", root, shell.browser);
    expect((await theirs())?.version).toBe(2);
    expect(sent.headers["set-cookie"]).toBe(
      `${shell.browser["cookie"]}; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600`,
    );
    for (let i = 0; i < 5; i++) {
      shell.pass(13 * dayMs);
      expect((await shell.send("GET", root, shell.browser)).statusCode).toBe(200);
    }
    shell.pass(14 * dayMs + 1);
    expect((await shell.send("GET", root, shell.browser)).statusCode).toBe(401);
  });

  test("[api.auth.session-expired] an expired or unknown session is told so, and its cookie is cleared", async () => {
    shell.pass(15 * dayMs);
    const [name = ""] = shell.browser["cookie"]?.split("=") ?? [];
    for (const cookie of [shell.browser["cookie"] ?? "", `${name}=made-up`, `a=b; ${name}=x; c=d`]) {
      const sent = await shell.send("GET", root, { cookie });
      expect(sent.statusCode).toBe(401);
      expect(sent.json()).toMatchObject({ code: "session_expired" });
      expect(sent.headers["set-cookie"]).toBe(`${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`);
      expect(sent.headers["www-authenticate"]).toMatch(/^Bearer/);
    }
    expect((await shell.send("GET", "/api/v1/whoever", shell.browser)).json()).toEqual({ userId: null });
  });

  test("[api.auth.cookie] under https the cookie is bound to the host and never sent in the clear", async () => {
    await using secure = await startShell(routes, { config: { publicUrl: "https://agents.example.com" } });
    const [, secret = ""] = secure.browser["cookie"]?.split("=") ?? [];
    const cookie = `__Host-aloft_session=${secret}`;
    expect((await secure.send("GET", root, { cookie: secure.browser["cookie"] ?? "" })).statusCode).toBe(401);
    secure.pass(minuteMs);
    const sent = await secure.send("GET", root, { cookie });
    expect(sent.headers["set-cookie"]).toBe(`${cookie}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=1209600`);
    expect(sent.headers["strict-transport-security"]).toBe("max-age=31536000");
  });
});

test("[api.auth.cookie-jar] servers of one machine keep their sessions apart", async () => {
  await using other = await startShell(routes, { config: { authSecret: "an0ther-key-of-the-test-9876543210-zyx" } });
  const cookie = `${other.browser["cookie"]}; ${shell.browser["cookie"]}`;
  const asked = await other.send("GET", root, { cookie: shell.browser["cookie"] ?? "" });
  expect(asked.json()).toMatchObject({ code: "unauthenticated" });
  expect(asked.headers["set-cookie"]).toBeUndefined();
  expect((await other.send("GET", root, { cookie })).statusCode).toBe(200);
});

describe("keys", () => {
  test("[api.auth.key] a key is as good as its scopes, and no better", async () => {
    const reader = await shell.key(["organizations:read"]);
    expect((await shell.send("GET", root, reader)).statusCode).toBe(200);
    const refused = await shell.send("POST", root, reader, { name: "x" });
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({
      code: "insufficient_scope",
      detail: expect.stringContaining("organizations:write"),
    });
    expect(refused.headers["www-authenticate"]).toBe(
      'Bearer realm="aloft", error="insufficient_scope", scope="organizations:write"',
    );
    expect((await shell.send("POST", "/api/v1/only-people", reader)).json()).toMatchObject({
      status: 403,
      code: "session_required",
    });
    expect((await shell.send("POST", "/api/v1/only-people", shell.browser)).statusCode).toBe(204);
    expect((await shell.send("GET", "/api/v1/whoever", reader)).json()).toEqual({ userId: shell.userId });
  });

  test("[api.auth.key-used] its last use is noted at most once a minute", async () => {
    const key = await shell.key(["organizations:read"]);
    const lastUsed = async () => {
      const { items } = await shell.store.query(apiKeys, { index: "byUser", where: { userId: shell.userId } });
      return items[0]?.lastUsedAt;
    };
    expect(await lastUsed()).toBeUndefined();
    await shell.send("GET", root, key);
    const first = await lastUsed();
    shell.pass(minuteMs - 1);
    await shell.send("GET", root, key);
    expect(await lastUsed()).toBe(first);
    shell.pass(1);
    await shell.send("GET", root, key);
    expect(Date.parse((await lastUsed()) ?? "") - Date.parse(first ?? "")).toBe(minuteMs);
  });

  test("[api.auth.key-expired] an expired key says that it has expired", async () => {
    const key = await shell.key(["organizations:read"], 1);
    shell.pass(dayMs - 1);
    expect((await shell.send("GET", root, key)).statusCode).toBe(200);
    shell.pass(1);
    const sent = await shell.send("GET", root, key);
    expect(sent.json()).toMatchObject({ status: 401, code: "key_expired" });
    expect(sent.headers["www-authenticate"]).toBe('Bearer realm="aloft", error="invalid_token"');
  });

  test("[api.auth.wrong] a wrong, changed or foreign key is refused, whatever its form, and never repeated", async () => {
    const { authorization = "" } = await shell.key(["organizations:read"]);
    const changed = authorization.slice(0, -1) + (authorization.endsWith("A") ? "B" : "A");
    for (const wrong of [
      changed,
      "Bearer",
      "Bearer x",
      "Basic YTpi",
      `${authorization} x`,
      "",
      authorization.replace("aloft_", ""),
    ]) {
      const sent = await shell.send("GET", root, { ...shell.browser, authorization: wrong });
      expect(sent.json()).toMatchObject({ status: 401, code: "unauthenticated" });
      expect(sent.headers["www-authenticate"]).toMatch(/^Bearer realm="aloft"/);
      expect(sent.headers["set-cookie"]).toBeUndefined();
      if (wrong.length > 20) expect(sent.body).not.toContain(wrong.slice(10));
    }
    expect((await shell.send("GET", root)).json()).toMatchObject({ status: 401, code: "unauthenticated" });
  });
});

describe("other sites", () => {
  test("[api.security.csrf] a POST of another site's page changes nothing", async () => {
    const cookie = shell.browser["cookie"] ?? "";
    const foreign = [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, {}];
    for (const headers of foreign) {
      const sent = await shell.send("POST", root, { cookie, ...headers }, { name: "forged" });
      expect(sent.json()).toMatchObject({ status: 403, code: "cross_site_request" });
    }
    expect((await shell.send("GET", root, shell.browser)).body).not.toContain("forged");
    expect(
      (await shell.send("POST", root, { cookie, origin: "http://localhost:3000" }, { name: "own" })).statusCode,
    ).toBe(201);
    const key = await shell.key(["organizations:write"]);
    expect(
      (await shell.send("POST", root, { ...key, origin: "https://app.example" }, { name: "by key" })).statusCode,
    ).toBe(201);
  });

  test("[api.security.host] a name that somebody points at this machine gets no answer", async () => {
    const key = await shell.key(["organizations:read"]);
    for (const url of [root, "/", "/health", "/docs", "/openapi.json", "/nowhere"]) {
      const sent = await shell.send("GET", url, { ...key, host: "rebound.evil.example:3000" });
      expect(sent.json()).toMatchObject({ status: 421, code: "misdirected_host" });
    }
  });

  test("[api.security.headers] every answer, of whatever kind, carries the security headers", async () => {
    const sent = [
      await shell.send("GET", root, shell.browser),
      await shell.send("GET", "/nowhere"),
      await shell.send("GET", "/%zz"),
      await shell.send("POST", root, shell.browser, "{"),
      await shell.send("GET", "/api/v1/broken"),
      await shell.send("GET", "/docs"),
      await shell.send("GET", "/health"),
      await shell.send("GET", "/", { accept: "text/html" }),
      await shell.send("GET", "/", { host: "evil.example" }),
    ];
    for (const { headers } of sent) {
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers["content-security-policy"]).toMatch(/frame-ancestors 'none'/);
      expect(headers["x-request-id"]).toMatch(/^[\w-]{36}$/);
    }
    expect(sent[0]?.headers["cache-control"]).toBe("no-store");
    expect((await shell.send("GET", "/auth/page")).headers["content-security-policy"]).toContain("style-src 'self'");
  });
});
