import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, cookieOf, startBackend } from "./support/backend.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const open = (url: string, headers: Record<string, string> = {}) => fetch(url, { redirect: "manual", headers });

test("[sign-in.link] a link signs in once, a prefetch does not spend it, and the second time says so kindly", async () => {
  const { body, status } = await backend.owner.post("/api/v1/me/sign-in-links");
  expect(status).toBe(201);
  const prefetched = await open(body.url, { "sec-purpose": "prefetch" });
  expect(prefetched.status).toBe(503);
  const first = await open(body.url);
  expect(first.status).toBe(303);
  expect(first.headers.get("location")).toBe("/");
  const [cookie] = first.headers.getSetCookie();
  expect(cookie).toMatch(/HttpOnly/i);
  expect(cookie).toMatch(/SameSite=Lax/i);
  const me = await backend.client({ cookie: cookieOf(first.headers) }).get("/api/v1/me");
  expect(me.body.name).toBe("Owner");
  const second = await open(body.url);
  expect(second.status).toBe(410);
  expect(await second.text()).toMatch(/already used, or it has expired/);
  expect((await open(`${backend.url}/auth/link?token=wrong`)).status).toBe(410);
  expect(backend.log()).not.toContain(new URL(body.url).searchParams.get("token"));
});

test("[sign-in.sessions] a session that is ended stops working at once", async () => {
  const { body: link } = await backend.owner.post("/api/v1/me/sign-in-links");
  const opened = await open(link.url, { "user-agent": "Second browser" });
  const second = backend.client({ cookie: cookieOf(opened.headers), "sec-fetch-site": "same-origin" });
  const listed = (await second.get("/api/v1/me/sessions")).body.items;
  const current = listed.find((one: any) => one.current);
  expect(current).toMatchObject({ userAgent: "Second browser" });
  expect(JSON.stringify(listed)).not.toContain("secretHash");
  expect((await backend.owner.request("DELETE", `/api/v1/me/sessions/${current.id}`)).status).toBe(204);
  expect((await second.get("/api/v1/me")).status).toBe(401);
});

test("[sign-in.sessions] signing out ends the session and clears the cookie", async () => {
  const { body: link } = await backend.owner.post("/api/v1/me/sign-in-links");
  const opened = await open(link.url);
  const browser = backend.client({ cookie: cookieOf(opened.headers), "sec-fetch-site": "same-origin" });
  const out = await browser.post("/auth/sign-out");
  expect(out.status).toBe(204);
  expect(out.headers.getSetCookie()[0]).toMatch(/Max-Age=0|Expires=Thu, 01 Jan 1970/i);
  expect((await browser.get("/api/v1/me")).status).toBe(401);
});

test("[keys.life] a key is shown once, does what its scopes say, notes its use, and is revoked at once", async () => {
  const made = await backend.owner.post("/api/v1/keys", { name: "CI", scopes: ["agents:read"], expiresInDays: 30 });
  expect(made.body.key).toMatch(/^aloft_key_/);
  const byKey = backend.client({ authorization: `Bearer ${made.body.key}` });
  expect((await byKey.get("/api/v1/agents")).status).toBe(200);
  const refused = await byKey.post("/api/v1/agents", { name: "x" });
  expect(refused).toMatchObject({ status: 403, body: { code: "insufficient_scope" } });
  expect((await byKey.get("/api/v1/me/sessions")).status).toBe(403);
  const [listed] = (await backend.owner.get("/api/v1/keys")).body.items;
  expect(listed.lastUsedAt).toBeTypeOf("string");
  expect(JSON.stringify(listed)).not.toContain(made.body.key.slice(-43));
  expect(listed.key ?? listed.secretHash).toBeUndefined();
  expect((await backend.owner.request("DELETE", `/api/v1/keys/${made.body.id}`)).status).toBe(204);
  expect((await byKey.get("/api/v1/agents")).status).toBe(401);
  expect(backend.log()).not.toContain(made.body.key.slice(-43));
});

test("[keys.no-more-than-own] a key makes no key that may more than itself", async () => {
  const scopes = ["keys:write", "agents:read"];
  const made = await backend.owner.post("/api/v1/keys", { name: "Maker", scopes });
  const maker = backend.client({ authorization: `Bearer ${made.body.key}` });
  expect((await maker.post("/api/v1/keys", { name: "Child", scopes: ["agents:read"] })).status).toBe(201);
  expect((await maker.post("/api/v1/keys", { name: "Child", scopes: ["agents:write"] })).status).toBe(403);
});
