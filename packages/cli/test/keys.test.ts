import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@aloft/adapters/store/index";
import { idempotencyKeys } from "@aloft/core/identity/tables";
import { schemaVersion, tables } from "@aloft/core/tables";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainEnv, root } from "../../../test/support/child.ts";
import { type Backend, startBackend } from "../../server/test/support/backend.ts";
import { main } from "../src/main.ts";
import { runCli } from "../src/testing.ts";

const empty = mkdtempSync(join(tmpdir(), "aloft-keys-cli-"));
afterAll(() => rmSync(empty, { recursive: true }));

let backend: Backend;
beforeEach(async () => {
  backend = await startBackend();
});
afterEach(() => backend[Symbol.asyncDispose]());

const keys = (...argv: string[]) => runCli(["keys", ...argv, "--data", backend.dataDir]);
const content = () => JSON.parse(readFileSync(join(backend.dataDir, "keys.json"), "utf8"));

/** Makes an API key as a browser would, under an Idempotency-Key, and gives what repeats that request. */
async function shownOnce(name: string) {
  const ask = () =>
    backend.owner.post("/api/v1/keys", { name, scopes: ["agents:read"] }, { "idempotency-key": `for ${name}` });
  const first = await ask();
  expect(first.status).toBe(201);
  return { first: first.body, ask };
}

async function asking(answer: string, ...argv: string[]) {
  let out = "";
  const questions: string[] = [];
  const code = await main(["keys", ...argv, "--data", backend.dataDir], {
    out: { write: (text) => (out += text) },
    err: { write: () => undefined },
    env: {},
    ask: async (question) => {
      questions.push(question);
      return answer;
    },
  });
  return { code, out, questions };
}

describe("aloft keys status", () => {
  test("[keys.cli.status] tells which keys there are, where, since when, and what losing them means", async () => {
    const { code, out, err } = await keys("status");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`Keys in ${join(backend.dataDir, "keys.json")}`);
    expect(out).toContain(
      "Keep a copy of this file where the data is not: without it, nothing can open what it sealed.",
    );
    expect(out).toMatch(/SEALING +VERSION +STATE +SINCE\nk[0-9a-f]{24} +1 +current +\d{4}-\d\d-\d\d\n/);
    expect(out).toMatch(
      /SIGNING +STATE +SIGNS FROM +PUBLISHED UNTIL\n[\w-]{43} +current +\d{4}-\d\d-\d\d \d\d:\d\d UTC\n/,
    );
    const { sealing, signing } = content();
    for (const secret of [sealing[0].key, signing[0].d]) expect(out).not.toContain(secret);
    const json = JSON.parse((await keys("status", "--json")).out);
    expect(json).toMatchObject({ ok: true, engine: "file", sealing: [{ version: 1, state: "current" }] });
  });

  test("[keys.cli.status] without keys it makes none, and says what may be wrong", async () => {
    const { code, err } = await runCli(["keys", "status", "--data", empty]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /There is no .*keys\.json\. If there never was one, start the server .* restore it from a backup/s,
    );
  });
});

describe("aloft keys rotate", () => {
  test("[keys.cli.rotate] asks, and changes nothing without a yes", async () => {
    const before = content();
    const no = await asking("no", "rotate", "sealing");
    expect([no.code, no.out]).toEqual([0, "Nothing was changed.\n"]);
    expect(no.questions).toEqual([expect.stringMatching(/^Make a new sealing key in .*keys\.json\? \[y\/N\] $/)]);
    expect(content()).toEqual(before);
    const nobody = await keys("rotate", "sealing");
    expect([nobody.code, nobody.err.includes("--yes")]).toEqual([2, true]);
    expect(content()).toEqual(before);
    const yes = await asking("y", "rotate", "sealing");
    expect(yes.out).toMatch(
      /^k[0-9a-f]{24} seals from now on\. Keep a new copy of the key file\. Then: aloft keys reseal\n$/,
    );
    expect(content().sealing).toHaveLength(2);
  });

  test("[keys.cli.rotate] a new signing key is published by the running server at once, and signs later", async () => {
    const [before] = (await backend.nobody.get("/.well-known/jwks.json")).body.keys;
    const { code, out } = await keys("rotate", "signing", "--yes", "--json");
    const made = JSON.parse(out);
    expect([code, made.ok, made.rotated, made.previousKeyId]).toEqual([0, true, true, before.kid]);
    expect(Date.parse(made.from) - Date.now()).toBeGreaterThan(50 * 60_000);
    const published = (await backend.nobody.get("/.well-known/jwks.json")).body.keys;
    expect(published.map(({ kid }: { kid: string }) => kid)).toEqual([before.kid, made.keyId]);
  });

  test("[keys.cli.rotate] a minimum is refused while it would make anything unreadable", async () => {
    const { first, ask } = await shownOnce("ci");
    const refused = await keys("rotate", "sealing", "--minimum", "2", "--yes", "--json");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({
      ok: false,
      error: { code: "still_sealed", message: expect.stringMatching(/^1 value is .*Run first: aloft keys reseal$/) },
    });
    expect(content().sealing).toHaveLength(1);
    expect((await keys("rotate", "sealing", "--reseal", "--yes")).code).toBe(0);
    expect((await keys("rotate", "sealing", "--minimum", "2", "--yes")).code).toBe(0);
    expect(content()).toMatchObject({ minimumVersion: 2, sealing: [{ version: 1 }, { version: 2 }, { version: 3 }] });
    expect((await ask()).body).toEqual(first);
  });

  test.each([
    [["rotate", "both"], /cannot be "both"\. It may be sealing, signing/],
    [["rotate", "sealing", "--minimum", "x"], /--minimum cannot be "x"/],
    [["rotate", "signing", "--minimum", "2"], /signing keys have neither/],
    [["reseal", "--per-second", "0"], /--per-second cannot be "0"/],
  ])("[keys.cli.rotate] %j is refused as a wrong command line", async (argv, message) => {
    const { code, err } = await keys(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe("aloft keys reseal", () => {
  test("[keys.cli.reseal] beside a running server everything comes under the new key, and reads as before", async () => {
    const made = [await shownOnce("one"), await shownOnce("two"), await shownOnce("three")];
    await keys("rotate", "sealing", "--yes");
    const { code, out, err } = await keys("reseal");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe("3 sealed anew, 0 not opened, 6 looked at.\n");
    expect(JSON.parse((await keys("reseal", "--json")).out)).toMatchObject({ ok: true, resealed: 0, seen: 3 });
    for (const { first, ask } of made) expect((await ask()).body).toEqual(first);
  });

  test("[keys.cli.reseal] what does not open is named, left as it is, and fails the command", async () => {
    await shownOnce("one");
    await using store = await openStore(
      { type: "sqlite", path: join(backend.dataDir, "aloft.db") },
      { tables, schemaVersion },
    );
    const [kept] = (await store.scan(idempotencyKeys)).items;
    await store.update(idempotencyKeys, { id: kept?.id ?? "" }, { set: { sealed: "junk" } });
    const { code, out, err } = await keys("reseal");
    expect([code, out]).toEqual([1, "0 sealed anew, 1 not opened, 1 looked at.\n"]);
    expect(err).toContain(`idempotency_keys.sealed of {"id":"${kept?.id}"}: The sealed value is damaged`);
    expect((await store.get(idempotencyKeys, { id: kept?.id ?? "" }))?.sealed).toBe("junk");
    expect(JSON.parse((await keys("reseal", "--json")).out)).toMatchObject({
      ok: false,
      error: { code: "unreadable" },
      unreadable: 1,
    });
  });

  test(
    "[keys.cli.reseal] Ctrl-C stops it in good order, and the next run does what is left",
    { timeout: 60_000 },
    async () => {
      for (let i = 0; i < 12; i++) await shownOnce(`key ${i}`);
      await keys("rotate", "sealing", "--yes");
      const args = ["keys", "reseal", "--data", backend.dataDir, "--per-second", "1", "--json"];
      const child = spawn(process.execPath, [`${root}packages/cli/bin/aloft.js`, ...args], { env: plainEnv() });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
      await new Promise((resolve) => setTimeout(resolve, 4000));
      child.kill("SIGINT");
      const [code] = await once(child, "exit");
      expect(code).toBe(130);
      const stopped = JSON.parse(out);
      expect(stopped).toMatchObject({ ok: false, error: { code: "stopped" }, complete: false });
      expect(stopped.resealed).toBeGreaterThan(0);
      expect(JSON.parse((await keys("reseal", "--json")).out)).toMatchObject({
        ok: true,
        resealed: 12 - stopped.resealed,
      });
    },
  );
});
