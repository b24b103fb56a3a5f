import { setTimeout as delay } from "node:timers/promises";
import { defineSecrets, loadSecrets, watchSecrets } from "@aloft/adapters/secrets/index";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { awsEnv, type Recorder, recorder } from "./support.ts";

const manifest = defineSecrets({
  one: { name: "app/one", fills: "ONE", required: true },
  keys: { name: "app/keys", fills: { a: "KEY_A", b: "KEY_B" } },
});

let aws: Recorder;
let stored: Record<string, string>;
let warnings: string[];
let failing: boolean;

beforeEach(async () => {
  aws = await recorder();
  stored = { "app/one": "1", "app/keys": '{"a":"a1","b":"b1"}' };
  warnings = [];
  failing = false;
  aws.instead = () =>
    failing
      ? { error: "AccessDeniedException" }
      : { body: { SecretValues: Object.entries(stored).map(([Name, SecretString]) => ({ Name, SecretString })) } };
});
afterEach(async () => {
  vi.useRealTimers();
  await aws[Symbol.asyncDispose]();
});

const load = (options: Parameters<typeof loadSecrets>[1] = {}) =>
  loadSecrets(manifest, { env: awsEnv(aws.url), warn: (message) => warnings.push(message), ...options });

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await delay(5)) {
    if (performance.now() > end) expect.fail("it did not happen");
  }
}

describe("what changed", () => {
  test("[secrets.refresh.changes] on a TTL, without a restart, and only what changed is told", async () => {
    using secrets = await load({ refreshSeconds: 0.1 });
    const told: (readonly string[])[] = [];
    secrets.onChange((changed) => told.push(changed));
    const before = secrets.current();
    await until(() => aws.asked.length >= 3);
    expect(told).toEqual([]);
    expect(secrets.current()).toBe(before);
    stored["app/keys"] = '{"a":"a2","b":"b1"}';
    await until(() => told.length > 0);
    expect(told).toEqual([["KEY_A"]]);
    expect(secrets.current()).toEqual({ ONE: "1", KEY_A: "a2", KEY_B: "b1" });
    expect(before).toEqual({ ONE: "1", KEY_A: "a1", KEY_B: "b1" });
  });

  test("[secrets.refresh.changes] on a signal; not after the end", async () => {
    const secrets = await load({ refreshSignal: "SIGHUP" });
    stored["app/one"] = "2";
    process.kill(process.pid, "SIGHUP");
    await until(() => secrets.current().ONE === "2");
    secrets.close();
    expect(process.listenerCount("SIGHUP")).toBe(0);
    const asked = aws.asked.length;
    expect(asked).toBe(2);
  });

  test("[secrets.refresh.changes] the pauses differ by a tenth, so that servers do not ask all at once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const spy = vi.spyOn(globalThis, "setTimeout");
    for (let i = 0; i < 40; i++)
      (await load({ refreshSeconds: 600, aws: false, env: { ALOFT_ENV: "x", ONE: "1" } })).close();
    const pauses = spy.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => ms > 100_000);
    expect(pauses).toHaveLength(40);
    expect(new Set(pauses).size).toBeGreaterThan(30);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(540_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(660_000);
  });

  test("[secrets.refresh.changes] asked for many times at once, it is done once", async () => {
    using secrets = await load();
    stored["app/one"] = "2";
    const changed = await Promise.all(Array.from({ length: 20 }, () => secrets.refresh()));
    expect(changed).toEqual(Array.from({ length: 20 }, () => ["ONE"]));
    expect(aws.asked).toHaveLength(2);
  });

  test("[secrets.refresh.changes] the environment that won at the start still wins; process.env follows if it was filled", async () => {
    const env = awsEnv(aws.url, { KEY_A: "mine" });
    try {
      using secrets = await load({ env, fillEnvironment: true });
      stored = { "app/one": "2", "app/keys": '{"a":"a2","b":"b2"}' };
      expect(await secrets.refresh()).toEqual(["ONE", "KEY_B"]);
      expect(secrets.current()).toEqual({ ONE: "2", KEY_A: "mine", KEY_B: "b2" });
      expect([process.env["ONE"], process.env["KEY_A"], process.env["KEY_B"]]).toEqual(["2", undefined, "b2"]);
    } finally {
      for (const name of manifest.variables) delete process.env[name];
    }
  });

  test("[secrets.refresh.changes] an optional key that was taken away is gone, and warned of", async () => {
    using secrets = await load();
    stored["app/keys"] = '{"a":"a1"}';
    expect(await secrets.refresh()).toEqual(["KEY_B"]);
    expect(secrets.current()).toEqual({ ONE: "1", KEY_A: "a1" });
    expect(warnings).toEqual([expect.stringContaining('KEY_B: secret "app/keys"')]);
  });
});

describe("a refresh that fails", () => {
  test("[secrets.refresh.keeps] the last good values stay; it is warned of, and mends itself", async () => {
    using secrets = await load({ refreshSeconds: 0.05 });
    failing = true;
    await until(() => warnings.length >= 2);
    expect(secrets.current()).toEqual({ ONE: "1", KEY_A: "a1", KEY_B: "b1" });
    expect(warnings[0]).toContain("Secrets could not be refreshed; the last ones stay in use.");
    expect(warnings[0]).toContain("BatchGetSecretValue");
    stored["app/one"] = "2";
    failing = false;
    await until(() => secrets.current().ONE === "2");
  });

  test("[secrets.refresh.keeps] what is required and gone, or no JSON any more, changes nothing", async () => {
    using secrets = await load();
    stored = { "app/keys": '{"a":"a2","b":"b2"}' };
    await expect(secrets.refresh()).rejects.toMatchObject({ code: "secrets" });
    expect(secrets.current()).toEqual({ ONE: "1", KEY_A: "a1", KEY_B: "b1" });
    stored = { "app/one": "1", "app/keys": "not json" };
    expect(await secrets.refresh()).toEqual([]);
    expect(secrets.current()).toEqual({ ONE: "1", KEY_A: "a1", KEY_B: "b1" });
    expect(warnings).toEqual([expect.stringContaining("is not a JSON object")]);
  });

  test("[secrets.refresh.keeps] the pauses grow from 5 s to the usual time", async () => {
    using secrets = await load({ refreshSignal: "SIGHUP", refreshSeconds: 60 });
    failing = true;
    const pauses: number[] = [];
    const real = globalThis.setTimeout;
    // Runs at once what was to wait for seconds, and notes how long it was to wait.
    const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms = 0, ...rest: any[]) => {
      const ours = ms >= 4000 && ms <= 70_000 && String(work).includes("now()");
      if (ours) pauses.push(ms);
      return real(work, ours ? (pauses.length < 6 ? 0 : 60_000) : ms, ...rest);
    }) as typeof setTimeout);
    process.kill(process.pid, "SIGHUP");
    await until(() => pauses.length >= 6);
    spy.mockRestore();
    for (const [i, usual] of [5000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      expect(pauses[i]).toBeGreaterThanOrEqual(usual * 0.9);
      expect(pauses[i]).toBeLessThanOrEqual(usual * 1.1);
    }
    expect(secrets.current().ONE).toBe("1");
  });

  test("[secrets.refresh.keeps] a listener that throws harms neither the others nor the refresh", async () => {
    using secrets = await load();
    const told: (readonly string[])[] = [];
    secrets.onChange(() => {
      throw new Error("sw0rdf1sh");
    });
    secrets.onChange((changed) => told.push(changed));
    stored["app/one"] = "2";
    expect(await secrets.refresh()).toEqual(["ONE"]);
    expect(told).toEqual([["ONE"]]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain("sw0rdf1sh");
  });
});

describe("watching", () => {
  test("[secrets.refresh.watch] one call at a time, the last values last, others' changes not at all", async () => {
    using secrets = await load();
    const applied: string[] = [];
    const errors: unknown[] = [];
    let running = 0;
    const end = watchSecrets(
      secrets,
      ["KEY_A", "KEY_B"],
      async ({ KEY_A, KEY_B }) => {
        running += 1;
        expect(running).toBe(1);
        await delay(50);
        applied.push(`${KEY_A} ${KEY_B}`);
        running -= 1;
        if (KEY_A === "a2") throw new Error("refused");
      },
      { onError: (error) => errors.push(error) },
    );
    stored["app/one"] = "2";
    await secrets.refresh();
    for (const key of ["a2", "a3", "a4"]) {
      stored["app/keys"] = `{"a":"${key}","b":"b1"}`;
      await secrets.refresh();
    }
    await until(() => applied.at(-1) === "a4 b1");
    expect(applied.length).toBeLessThanOrEqual(3);
    expect(errors).toMatchObject([{ message: "refused" }]);
    end();
    stored["app/keys"] = '{"a":"a5","b":"b1"}';
    await secrets.refresh();
    await delay(80);
    expect(applied.at(-1)).toBe("a4 b1");
  });
});
