import { rename } from "node:fs/promises";
import { join } from "node:path";
import { openKeys } from "@aloft/adapters/keys/index";
import { idempotencyKeys } from "@aloft/core/identity/tables";
import { reseal } from "@aloft/core/keys/reseal";
import { sealedAttributes } from "@aloft/core/sealed";
import { tables } from "@aloft/core/tables";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeOf } from "../../../test/support/stores.ts";
import { type Backend, startBackend } from "./support/backend.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const keyFile = () => join(backend.dataDir, "keys.json");

test("[keys.jwks.route] anybody gets the public keys, to be kept for minutes, and nothing private", async () => {
  const { status, headers, body } = await backend.nobody.get("/.well-known/jwks.json");
  expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=300"]);
  expect(headers.get("content-type")).toMatch(/^application\/json/);
  expect(body.keys).toHaveLength(1);
  expect(Object.keys(body.keys[0]).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
});

test("[keys.jwks.route] a token of the same keys is verified from afar, before and after a rotation", async () => {
  await using keys = await openKeys({ type: "file", path: keyFile() });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const jwks = createRemoteJWKSet(new URL(`${backend.url}/.well-known/jwks.json`), {
    cooldownDuration: 0,
    cacheMaxAge: 0,
  });
  const verified = async () => (await jwtVerify(await keys.sign({ sub: "agt_1", exp }), jwks)).payload.sub;
  expect(await verified()).toBe("agt_1");
  await keys.rotate({ what: "signing" });
  expect(await verified()).toBe("agt_1");
  expect((await keys.jwks()).keys).toHaveLength(2);
});

describe("answers that show a secret", () => {
  test.each([
    ["an API key", "/api/v1/keys", { name: "ci", scopes: ["agents:read"] }, ({ key }: { key: string }) => key],
    ["a sign-in link", "/api/v1/me/sign-in-links", undefined, ({ url }: { url: string }) => url],
    ["a socket's ticket", "/api/v1/socket-tickets", undefined, ({ ticket }: { ticket: string }) => ticket],
  ])(
    "[keys.answers.sealed] %s is given again to whoever repeats the request, and is nowhere in the store",
    async (_what, path, body, secretOf) => {
      const headers = { "idempotency-key": `once ${path}` };
      const first = await backend.owner.post(path, body, headers);
      expect(first.status).toBe(201);
      const again = await backend.owner.post(path, body, headers);
      expect(again.body).toEqual(first.body);
      await using store = await (await storeOf(backend.dataDir)).open();
      const secret = secretOf(first.body).slice(-30);
      for (const table of tables) expect(JSON.stringify((await store.scan(table)).items)).not.toContain(secret);
      const { items } = await store.scan(idempotencyKeys);
      expect(items.filter(({ sealed }) => sealed !== undefined)).not.toEqual([]);
    },
  );
});

test("[keys.reseal.whole] beside a running server, on its own store, every answer comes under the new key and is given again", async () => {
  const ask = (i: number) =>
    backend.owner.post(
      "/api/v1/keys",
      { name: `key ${i}`, scopes: ["agents:read"] },
      { "idempotency-key": `reseal ${i}` },
    );
  const made = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(i)));
  await using keys = await openKeys({ type: "file", path: keyFile() });
  await using store = await (await storeOf(backend.dataDir)).open({ upkeep: false });
  await keys.rotate({ what: "sealing" });
  const done = await reseal({ store, keys, attributes: sealedAttributes });
  expect(done).toMatchObject({ unreadable: 0, complete: true });
  expect(done.resealed).toBeGreaterThanOrEqual(12);
  const sealed = (await store.scan(idempotencyKeys)).items.flatMap((item) => item.sealed ?? []);
  expect(await Promise.all(sealed.map((one) => keys.needsResealing(one)))).toEqual(sealed.map(() => false));
  const again = await Promise.all(made.map((_, i) => ask(i)));
  expect(again.map(({ body }) => body.key)).toEqual(made.map(({ body }) => body.key));
});

test("[keys.check] a server that lost its key file is not ready, and says why in its log", async () => {
  const ready = () => backend.nobody.get("/health/ready");
  expect((await ready()).body.checks).toEqual({ store: "ok", keys: "ok", blobs: "ok" });
  await rename(keyFile(), `${keyFile()}.away`);
  const without = await ready();
  await rename(`${keyFile()}.away`, keyFile());
  expect([without.status, without.body.checks]).toEqual([503, { store: "ok", keys: "failed", blobs: "ok" }]);
  expect(backend.log()).toContain("keys.json is gone. Restore it from a backup");
  expect((await ready()).status).toBe(200);
});
