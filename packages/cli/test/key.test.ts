import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, client, startBackend } from "../../server/test/support/backend.ts";
import { runCli } from "../src/testing.ts";

let backend: Backend;
const empty = mkdtempSync(join(tmpdir(), "aloft-key-"));
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  rmSync(empty, { recursive: true });
});

const key = (...argv: string[]) => runCli(["key", ...argv, "--data", backend.dataDir]);
const asked = async (secret: string) =>
  (await client(backend.url, { authorization: `Bearer ${secret}` }).get("/api/v1/agents")).status;

async function created(...argv: string[]): Promise<any> {
  const { code, out, err } = await key("create", ...argv, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
}

describe("aloft key create", () => {
  test("[cli.key.create] the key alone is on standard output, and a running server takes it", async () => {
    const { code, out, err } = await key("create", "--name", "script");
    expect(code).toBe(0);
    expect(out).toMatch(/^aloft_key_[0-9A-Z]{26}_[\w-]{43}\n$/);
    expect(err).toMatch(
      /^key_[0-9A-Z]{26} \(script\) expires on \d{4}-\d\d-\d\d\. Keep it now: it is shown this once\.\n$/,
    );
    expect(err).not.toContain(out.trim().slice(-20));
    expect(await asked(out.trim())).toBe(200);
  });

  test("[cli.key.create] it may do what it was given, for as long as it was given", async () => {
    const reader = await created("--name", "reader", "--scopes", "agents:read, keys:read", "--expires-in", "2w");
    expect(reader).toMatchObject({ ok: true, name: "reader", scopes: ["agents:read", "keys:read"] });
    expect((Date.parse(reader.expiresAt) - Date.parse(reader.createdAt)) / 86_400_000).toBe(14);
    const caller = client(backend.url, { authorization: `Bearer ${reader.key}` });
    expect((await caller.get("/api/v1/agents")).status).toBe(200);
    expect((await caller.post("/api/v1/agents", { name: "x" })).status).toBe(403);

    const lasting = await created("--name", "lasting", "--expires-in", "never");
    expect(lasting).not.toHaveProperty("expiresAt");
    expect(lasting.scopes).toContain("organizations:write");
    const hours = await created("--name", "short", "--expires-in", "12h");
    expect(Date.parse(hours.expiresAt) - Date.parse(hours.createdAt)).toBe(12 * 3_600_000);
  });

  test("[cli.key.create] --user makes it somebody else's, by id or e-mail address", async () => {
    const ada = await backend.join("Ada");
    await ada.request("PATCH", "/api/v1/me", { email: "ada@example.com" });
    const made = await created("--name", "hers", "--user", "Ada@example.com");
    expect(made.userId).toBe(ada.userId);
    expect((await created("--name", "hers too", "--user", ada.userId)).userId).toBe(ada.userId);
    const me = await client(backend.url, { authorization: `Bearer ${made.key}` }).get("/api/v1/me");
    expect(me.body.name).toBe("Ada");
    const { out } = await key("list", "--user", ada.userId, "--json");
    expect(JSON.parse(out).keys.map(({ name }: { name: string }) => name)).toEqual(["hers too", "hers"]);
  });
});

describe("aloft key list", () => {
  test("[cli.key.list] newest first, with last use and expiry, without secrets", async () => {
    const first = await created("--name", "first");
    const second = await created("--name", "second", "--scopes", "agents:read", "--expires-in", "never");
    expect(await asked(second.key)).toBe(200);
    const json = JSON.parse((await key("list", "--json")).out);
    expect(json.ok).toBe(true);
    expect(json.keys.slice(0, 2)).toEqual([
      {
        id: second.id,
        userId: second.userId,
        name: "second",
        scopes: ["agents:read"],
        createdAt: second.createdAt,
        lastUsedAt: expect.any(String),
      },
      { ...first, ok: undefined, key: undefined, id: first.id },
    ]);
    const { out } = await key("list");
    const [head, newest, older] = out.split("\n");
    expect(head).toMatch(/^ID +NAME +CREATED +LAST USED +EXPIRES +SCOPES$/);
    expect(newest).toMatch(
      new RegExp(`^${second.id} +second +\\d{4}-\\d\\d-\\d\\d +\\d{4}-\\d\\d-\\d\\d +never +agents:read$`),
    );
    expect(older).toMatch(new RegExp(`^${first.id} +first +[\\d-]{10} +never +[\\d-]{10} +all$`));
    for (const { key: secret } of [first, second]) expect(out + JSON.stringify(json)).not.toContain(secret.slice(-43));
    expect(JSON.stringify(json)).not.toMatch(/hash/i);
  });
});

describe("aloft key revoke", () => {
  test("[cli.key.revoke] the running server refuses the key from then on", async () => {
    const made = await created("--name", "leaked");
    expect(await asked(made.key)).toBe(200);
    expect(await key("revoke", made.id)).toEqual({ code: 0, out: `Revoked ${made.id} (leaked).\n`, err: "" });
    expect(await asked(made.key)).toBe(401);
  });

  test("[cli.key.revoke] a leaked key, pasted whole, stands for its id and is not repeated", async () => {
    const made = await created("--name", "pasted");
    const { code, out } = await key("revoke", made.key, "--json");
    expect({ code, answer: JSON.parse(out) }).toEqual({ code: 0, answer: { ok: true, id: made.id } });
    expect(await asked(made.key)).toBe(401);
  });
});

describe("what is refused", () => {
  test.each([
    [["create", "--name", "x", "--scopes", "agents:raed"], 2, "invalid_value", 'Did you mean "agents:read"?'],
    [["create", "--name", "x", "--scopes", ","], 2, "invalid_value", "There are: agents:read"],
    [["create", "--name", "x", "--expires-in", "soon"], 2, "invalid_value", "--expires-in cannot be"],
    [["create", "--name", "x", "--expires-in", "0d"], 2, "invalid_value", "--expires-in cannot be"],
    [["create", "--name", "x", "--expires-in", "11y"], 2, "invalid_value", "up to 10y"],
    [["create", "--name", " "], 2, "invalid_value", "1 to 120 characters"],
    [["create", "--name", "x", "--user", "usr_nobody"], 1, "user_not_found", "usr_nobody"],
    [["list", "--user", "nobody@example.com"], 1, "user_not_found", "nobody@example.com"],
    [["revoke", "key_01JCZKM4T9Y7W3V1Q8N5X2R6BD"], 1, "key_not_found", "aloft key list"],
  ])("[cli.key.refused] aloft key %j", async (argv, exitCode, code, hint) => {
    const before = JSON.parse((await key("list", "--json")).out).keys.length;
    const { code: ended, out, err } = await key(...argv, "--json");
    expect({ ended, err }).toEqual({ ended: exitCode, err: "" });
    expect(JSON.parse(out)).toEqual({ ok: false, error: { code, message: expect.stringContaining(hint) } });
    expect(JSON.parse((await key("list", "--json")).out).keys).toHaveLength(before);
  });

  test("[cli.key.refused] a folder without data is left as it was", async () => {
    const { code, err } = await runCli(["key", "list", "--data", empty]);
    expect(code).toBe(1);
    expect(err).toContain(`There is no data in ${empty}. Start the server on it once`);
    expect(readdirSync(empty)).toEqual([]);
  });
});
