import { idempotencyKeys } from "@aloft/core/identity/tables";
import { dayMs } from "@aloft/core/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { routes } from "./routes.ts";
import { ownStore, type Shell, startShell } from "./shell.ts";

let shell: Shell;
beforeEach(async () => {
  shell = await startShell(routes);
});
afterEach(() => shell[Symbol.asyncDispose]());

const root = "/api/v1/organizations";
const post = (key: string, body: unknown, url = root, headers = shell.browser) =>
  shell.send("POST", url, { ...headers, "idempotency-key": key }, body);
const names = async (headers = shell.browser) =>
  (await shell.send("GET", root, headers)).json().items.map(({ name }: { name: string }) => name);

test("[api.idempotency.same] a repeat has no second effect and gets the first answer, byte for byte", async () => {
  const first = await post("k1", { name: "Once" });
  const second = await post("k1", { name: "Once" });
  expect(first.statusCode).toBe(201);
  expect(first.headers["idempotency-replayed"]).toBeUndefined();
  expect(second.headers["idempotency-replayed"]).toBe("true");
  expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
  for (const name of ["etag", "location", "content-type"]) expect(second.headers[name]).toBe(first.headers[name]);
  expect(second.statusCode).toBe(201);
  expect(await names()).toEqual(["Personal", "Once"]);
});

test("[api.idempotency.reused] the key of one request is refused for another", async () => {
  await post("k1", { name: "Once" });
  for (const sent of [
    await post("k1", { name: "Other" }),
    await post("k1", { name: "Once" }, `${root}?x=1`),
    await post("k1", undefined, "/api/v1/draw"),
  ]) {
    expect(sent.json()).toMatchObject({ status: 422, code: "idempotency_key_reused" });
  }
  expect(await names()).toEqual(["Personal", "Once"]);
});

test("[api.idempotency.owner] a key is its sender's alone", async () => {
  const { authorization = "" } = await shell.key(["organizations:write"]);
  const mine = await post("k1", { name: "Mine" });
  const byKey = await post("k1", { name: "Mine" }, root, { authorization });
  expect(byKey.statusCode).toBe(201);
  expect(byKey.json().id).not.toBe(mine.json().id);
});

test("[api.idempotency.failed] a request that failed may be mended and sent again under its key", async () => {
  expect((await post("k1", { name: "" })).statusCode).toBe(400);
  expect((await post("k1", { name: "Mended" })).statusCode).toBe(201);
});

test("[api.idempotency.race] of 50 that race, over two servers, one has an effect and all get its answer", async () => {
  const now = () => new Date("2026-11-21T09:00:00.000Z");
  const store = await ownStore(now);
  await using one = await startShell(routes, { store });
  await using two = await startShell(routes, { store });
  const headers = { ...one.browser, "idempotency-key": "raced" };
  const racers = Array.from({ length: 50 }, (_, i) =>
    (i % 2 === 0 ? one : two).send("POST", root, headers, { name: "Raced" }),
  );
  const answers = await Promise.all(racers);
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(answers.filter(({ headers: { "idempotency-replayed": replayed } }) => replayed === "true")).toHaveLength(49);
  const { items } = (await one.send("GET", root, one.browser)).json();
  expect(items.map(({ name }: { name: string }) => name)).toEqual(["Personal", "Raced"]);
});

test("[api.idempotency.atomic] the answer is kept in the transaction of the effect: neither is ever there alone", async () => {
  await using store = await ownStore(() => new Date("2026-11-21T09:00:00.000Z"));
  const operations: number[] = [];
  const watched = new Proxy(store, {
    get(target, name, receiver) {
      if (name !== "transact") return Reflect.get(target, name, receiver);
      return (given: Parameters<typeof store.transact>[0]) => {
        operations.push(given.filter(({ table }) => table.name === idempotencyKeys.name).length);
        return target.transact(given);
      };
    },
  });
  await using own = await startShell(routes, { store: watched });
  operations.length = 0;
  await own.send("POST", root, { ...own.browser, "idempotency-key": "k" }, { name: "x" });
  expect(operations).toEqual([1]);
});

test("[api.idempotency.sealed] [keys.answers.sealed] a secret that is shown once is shown again to its sender, and stored sealed", async () => {
  const first = await post("k1", { name: "mine" }, "/api/v1/keys");
  const { shownOnce } = first.json();
  expect(shownOnce).toMatch(/^aloft_key_/);
  expect((await post("k1", { name: "mine" }, "/api/v1/keys")).body).toBe(first.body);
  const { items } = await shell.store.scan(idempotencyKeys);
  expect(items).toHaveLength(1);
  expect(items[0]).not.toHaveProperty("body");
  expect(JSON.stringify(items)).not.toContain(shownOnce.slice(-20));
  expect(Buffer.from(items[0]?.sealed ?? "", "base64").toString("latin1")).not.toContain(shownOnce.slice(-20));
});

test("[keys.answers.sealed] an answer without a secret is kept as it is", async () => {
  const first = await post("k1", { name: "Once" });
  const { items } = await shell.store.scan(idempotencyKeys);
  expect(items.map(({ body, sealed }) => ({ body, sealed }))).toEqual([{ body: first.body, sealed: undefined }]);
});

test("[keys.answers.sealed] a sealed answer moved to another request is not given out", async () => {
  await post("k1", { name: "mine" }, "/api/v1/keys");
  await post("k2", { name: "other" }, "/api/v1/keys");
  const [one, two] = (await shell.store.scan(idempotencyKeys)).items;
  await shell.store.update(idempotencyKeys, { id: one?.id ?? "" }, { set: { sealed: two?.sealed ?? "" } });
  await shell.store.update(idempotencyKeys, { id: two?.id ?? "" }, { set: { sealed: one?.sealed ?? "" } });
  for (const [key, name] of [
    ["k1", "mine"],
    ["k2", "other"],
  ] as const) {
    const again = await post(key, { name }, "/api/v1/keys");
    expect(again.json()).toMatchObject({ status: 409, code: "conflict" });
  }
});

test("[api.idempotency.sealed] [keys.answers.old] an answer sealed by other keys is not guessed at, and not done again", async () => {
  await post("k1", { name: "mine" }, "/api/v1/keys");
  await using other = await startShell(routes, { store: shell.store });
  const sent = await other.send(
    "POST",
    "/api/v1/keys",
    { ...shell.browser, "idempotency-key": "k1" },
    { name: "mine" },
  );
  expect(sent.json()).toMatchObject({ status: 409, code: "conflict" });
  expect((await post("k1", { name: "mine" }, "/api/v1/keys")).statusCode).toBe(201);
});

test("[keys.answers.old] an answer that an earlier version kept is not guessed at, and not done again", async () => {
  await post("k1", { name: "Once" });
  const [kept] = (await shell.store.scan(idempotencyKeys)).items;
  await shell.store.update(idempotencyKeys, { id: kept?.id ?? "" }, { remove: ["body"] });
  const again = await post("k1", { name: "Once" });
  expect(again.json()).toMatchObject({ status: 409, code: "conflict" });
  expect(await names()).toEqual(["Personal", "Once"]);
});

test("[api.idempotency.stateless] a POST that stores nothing gets the same answer too", async () => {
  const first = await post("k1", undefined, "/api/v1/draw");
  expect(first.statusCode).toBe(202);
  expect((await post("k1", undefined, "/api/v1/draw")).body).toBe(first.body);
  expect((await post("k2", undefined, "/api/v1/draw")).body).not.toBe(first.body);
  const raced = await Promise.all(Array.from({ length: 10 }, () => post("k3", undefined, "/api/v1/draw")));
  expect(new Set(raced.map(({ body }) => body)).size).toBe(1);
});

test("[api.idempotency.forgotten] after 24 hours a key is free again", async () => {
  const first = await post("k1", { name: "Once" });
  shell.pass(dayMs - 1);
  expect((await post("k1", { name: "Once" })).body).toBe(first.body);
  shell.pass(1);
  expect((await post("k1", { name: "Once" })).json().id).not.toBe(first.json().id);
});

test("[api.idempotency.key] a key that is none is refused", async () => {
  for (const key of ["", " ", "x".repeat(256), "with\ttab", "ümlaut"]) {
    const sent = await post(key, { name: "x" });
    expect(sent.json()).toMatchObject({ status: 400, code: "invalid_idempotency_key" });
  }
  expect((await post("x".repeat(255), { name: "x" })).statusCode).toBe(201);
});
