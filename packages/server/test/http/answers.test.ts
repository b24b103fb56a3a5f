import { afterEach, beforeEach, expect, test } from "vitest";
import { routes } from "./routes.ts";
import { type Shell, startShell } from "./shell.ts";

let shell: Shell;
beforeEach(async () => {
  shell = await startShell(routes, { config: { environment: "production" } });
});
afterEach(() => shell[Symbol.asyncDispose]());

const root = "/api/v1/organizations";

test("[api.answers.picked] what the schema does not name stays in the server", async () => {
  const sent = await shell.send("POST", root, shell.browser, { name: "One" });
  expect(Object.keys(sent.json())).toEqual(["id", "name", "role", "version"]);
  const { items } = (await shell.send("GET", root, shell.browser)).json();
  for (const item of items) expect(Object.keys(item)).toEqual(["id", "name", "role", "version"]);
});

test("[api.answers.location] what was made says where it is, and which version it has", async () => {
  const sent = await shell.send("POST", `${root}?x=1`, shell.browser, { name: "One" });
  expect(sent.headers["location"]).toBe(`${root}/${sent.json().id}`);
  expect(sent.headers["etag"]).toBe('"1"');
  const got = await shell.send("GET", sent.headers["location"] ?? "", shell.browser);
  expect(got.headers["etag"]).toBe('"1"');
  expect(got.json()).toEqual(sent.json());
  const head = await shell.send("HEAD", sent.headers["location"] ?? "", shell.browser);
  expect([head.statusCode, head.body, head.headers["etag"]]).toEqual([200, "", '"1"']);
});

test("[api.answers.if-match] a version changes only what was seen", async () => {
  const { headers } = await shell.send("POST", root, shell.browser, { name: "One" });
  const url = headers["location"] ?? "";
  const patch = (ifMatch: string, name: string) =>
    shell.send("PATCH", url, { ...shell.browser, "if-match": ifMatch }, { name });
  const changed = await patch('"1"', "Two");
  expect([changed.statusCode, changed.headers["etag"]]).toEqual([200, '"2"']);
  for (const stale of ['"1"', '"7"', '"abc"', 'W/"2"']) {
    expect((await patch(stale, "Lost")).json()).toMatchObject({ status: 412, code: "precondition_failed" });
  }
  expect((await patch("2", "Lost")).json()).toMatchObject({ status: 400, errors: [{ path: "headers.if-match" }] });
  expect((await patch("*", "Three")).statusCode).toBe(200);
  const raced = await Promise.all(Array.from({ length: 10 }, (_, i) => patch('"3"', `Raced ${i}`)));
  expect(raced.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  expect(raced.filter(({ statusCode }) => statusCode === 412)).toHaveLength(9);
});

test("[api.answers.if-match] where versions are not looked at, If-Match is refused instead of ignored", async () => {
  const sent = await shell.send("DELETE", `${root}/org_1`, { ...shell.browser, "if-match": '"1"' });
  expect(sent.json()).toMatchObject({ status: 400, code: "invalid_request", errors: [{ path: "headers.if-match" }] });
  expect((await shell.send("DELETE", `${root}/org_1`, shell.browser)).statusCode).toBe(204);
});

test("[api.answers.pages] pages go both ways, and none skips or repeats", async () => {
  for (let i = 0; i < 7; i++) await shell.send("POST", root, shell.browser, { name: `${i}` });
  const read = async (cursor: string | null) =>
    (
      await shell.send(
        "GET",
        `${root}?limit=3${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
        shell.browser,
      )
    ).json();
  const pages = [await read(null)];
  while (pages.at(-1).next !== null) pages.push(await read(pages.at(-1).next));
  expect(pages.map(({ items }) => items.length)).toEqual([3, 3, 2]);
  expect(new Set(pages.flatMap(({ items }) => items.map(({ id }: { id: string }) => id))).size).toBe(8);
  expect(pages[0].previous).toBeNull();
  expect((await read(pages[2].previous)).items).toEqual(pages[1].items);
});

test("[api.errors.inner] the server's own failure tells the caller an id, and the log the reason", async () => {
  const sent = await shell.send("GET", "/api/v1/broken", { "x-request-id": "mine-1" });
  expect(sent.statusCode).toBe(500);
  expect(sent.json()).toMatchObject({ code: "internal", requestId: "mine-1" });
  expect(sent.body).not.toMatch(/inner reason|below it|routes\.ts/);
  const line = shell
    .log()
    .split("\n")
    .find((text) => text.includes("request failed"));
  expect(JSON.parse(line ?? "")).toMatchObject({
    level: "error",
    requestId: "mine-1",
    err: { message: "the inner reason", cause: { message: "below it" } },
  });
});

test("[api.errors.store] a closed store is 503, and readiness says so while the process is alive", async () => {
  await shell.store.close();
  const sent = await shell.send("GET", root, shell.browser);
  expect(sent.json()).toMatchObject({ status: 503, code: "unavailable", detail: "Try again in a moment." });
  expect(sent.headers["retry-after"]).toBe("5");
  const ready = await shell.send("GET", "/health/ready");
  expect([ready.statusCode, ready.json()]).toEqual([
    503,
    { status: "unavailable", checks: { store: "failed", keys: "ok", blobs: "ok" } },
  ]);
  expect((await shell.send("GET", "/health")).json()).toEqual({ status: "ok" });
});

test("[api.health] a server that can serve says so", async () => {
  const ready = await shell.send("GET", "/health/ready");
  const checks = { store: "ok", keys: "ok", blobs: "ok" };
  expect([ready.statusCode, ready.json()]).toEqual([200, { status: "ok", checks }]);
});
