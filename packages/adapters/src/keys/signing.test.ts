import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Keys } from "@aloft/core/ports/keys";
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileKeys } from "./file.ts";

const hourMs = 3_600_000;
const start = Date.parse("2026-11-21T12:00:00.000Z");
let folder: string;
let nowMs: number;
let keys: Keys;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aloft-keys-"));
  nowMs = start;
  keys = await fileKeys({
    path: join(folder, "keys.json"),
    now: () => new Date(nowMs),
    signing: { publishMs: hourMs, maxTokenMs: 4 * hourMs },
  });
});
afterEach(async () => {
  await keys.close();
  await rm(folder, { recursive: true });
});

const issue = () => keys.sign({ sub: "agt_1", aud: "tools", exp: Math.floor(nowMs / 1000) + (4 * hourMs) / 1000 });
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
type Published = Awaited<ReturnType<Keys["jwks"]>>;
const verify = (token: string, published: Published) =>
  jwtVerify(token, createLocalJWKSet({ keys: [...published.keys] }), {
    audience: "tools",
    algorithms: ["EdDSA"],
    currentDate: new Date(nowMs),
  });

test("[keys.sign.verified] jose verifies it, and calls its key by the same thumbprint", async () => {
  const { payload, protectedHeader } = await verify(await issue(), await keys.jwks());
  expect(payload.sub).toBe("agt_1");
  const [key] = (await keys.jwks()).keys;
  expect(protectedHeader.kid).toBe(await calculateJwkThumbprint({ ...key }));
});

test("[keys.sign.overlap] hour by hour over two rotations, every token that has not ended verifies", async () => {
  const tokens: { readonly token: string; readonly endsMs: number }[] = [];
  const kids = new Set<string | undefined>();
  let before = await keys.jwks();
  for (let quarter = 0; quarter < 60; quarter++) {
    if (quarter === 8 || quarter === 24) await keys.rotate({ what: "signing" });
    const token = await issue();
    kids.add(kidOf(token));
    tokens.push({ token, endsMs: nowMs + 4 * hourMs });
    // Whoever fetched the keys a quarter of an hour ago knows the key already.
    await verify(token, before);
    const published = await keys.jwks();
    for (const { token: earlier, endsMs } of tokens) if (nowMs < endsMs) await verify(earlier, published);
    before = published;
    nowMs += hourMs / 4;
  }
  expect(kids.size).toBe(3);
});

test("[keys.sign.overlap] the new key is published at once, signs after an hour, and the old one goes with its last token", async () => {
  const [old] = (await keys.jwks()).keys;
  const { keyId, previousKeyId, from } = await keys.rotate({ what: "signing" });
  expect([previousKeyId, from.getTime()]).toEqual([old?.kid, start + hourMs]);
  const published = async () => (await keys.jwks()).keys.map(({ kid }) => kid);
  expect(await published()).toEqual([old?.kid, keyId]);
  nowMs = start + hourMs - 1000;
  const last = await issue();
  expect(kidOf(last)).toBe(old?.kid);
  nowMs = start + hourMs;
  expect(kidOf(await issue())).toBe(keyId);
  nowMs = start + 5 * hourMs - 2000;
  await verify(last, await keys.jwks());
  nowMs = start + 5 * hourMs;
  expect(await published()).toEqual([keyId]);
  await expect(verify(last, await keys.jwks())).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  expect((await keys.status()).signing.map(({ state }) => state)).toEqual(["current"]);
});

test("[keys.sign.overlap] rotated again before the last rotation took effect, tokens still verify", async () => {
  const first = await issue();
  await keys.rotate({ what: "signing" });
  nowMs += hourMs / 2;
  await keys.rotate({ what: "signing" });
  for (let quarter = 0; quarter < 12; quarter++) {
    await verify(await issue(), await keys.jwks());
    await verify(first, await keys.jwks());
    nowMs += hourMs / 4;
  }
});
