import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, startBackend } from "../../server/test/support/backend.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { storeOf } from "../../../test/support/stores.ts";
import { checkDisk } from "../src/doctor/data-checks.ts";
import type { Finding } from "../src/doctor/finding.ts";
import { checkNode } from "../src/doctor/machine-checks.ts";
import { runCli } from "../src/testing.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-doctor-test-"));
let folders = 0;
const newFolder = (): string => join(scratch, `data-${++folders}`);

let running: Backend;
/** A data folder that a server ran on and left. */
const left = newFolder();
beforeAll(async () => {
  running = await startBackend();
  await using backend = await startBackend({ dataDir: left });
  void backend;
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

interface Examined {
  readonly code: number;
  readonly checks: readonly Finding[];
  find(check: string): Finding | undefined;
}

async function doctor(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Examined> {
  const { code, out, err } = await runCli(["doctor", "--json", ...argv], { ALOFT_ENV: "test", ...env });
  expect(err).toBe("");
  const answer = JSON.parse(out) as { ok: boolean; error?: { code: string }; checks: Finding[] };
  expect(answer.ok).toBe(code === 0);
  expect(answer.error?.code).toBe(code === 0 ? undefined : "checks_failed");
  for (const { status, mend } of answer.checks) expect(mend === undefined).toBe(status === "ok");
  return { code, checks: answer.checks, find: (check) => answer.checks.find((finding) => finding.check === check) };
}

async function listening(handler: RequestListener) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port: String(port),
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a machine that is fit", () => {
  test("[cli.doctor.sound] a folder that is to be made", async () => {
    const { code, checks } = await doctor(["--port", "0", "--data", newFolder()]);
    expect(code).toBe(0);
    expect(checks.filter(({ check }) => check !== "console").map(({ check, status }) => [check, status])).toEqual(
      ["node", "configuration", "data folder", "database", "auth secret", "disk", "port", "model"].map((check) => [
        check,
        "ok",
      ]),
    );
    expect(checks.at(-1)).toMatchObject({ check: "console" });
  });

  test("[cli.doctor.sound] a folder with data in it", async () => {
    const { code, find } = await doctor(["--port", "0", "--data", left]);
    expect(code).toBe(0);
    expect(find("database")?.message).toMatch(/aloft\.db, \d+\.\d MB, is sound/);
    expect(find("auth secret")?.message).toContain("readable by this user alone");
    expect(find("server")).toBeUndefined();
  });

  test("[cli.doctor.sound] a running server is named and its own port is no fault; it is not disturbed", async () => {
    const { port } = new URL(running.url);
    const { code, find } = await doctor(["--port", port, "--data", running.dataDir]);
    expect(code).toBe(0);
    expect(find("server")?.message).toBe(`process ${process.pid} runs on this data folder at ${running.url}`);
    expect(find("port")?.message).toContain("taken by the server of this data folder");
    expect((await running.owner.get("/api/v1/me")).status).toBe(200);
  });

  test("[cli.doctor.sound] for people: a mark, a name and a message a line, and a last word", async () => {
    const { code, out } = await runCli(["doctor", "--port", "0", "--data", left], { ALOFT_ENV: "test" });
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ node {11}v24\./);
    expect(out).toMatch(/\n✓ database {7}aloft\.db/);
    expect(out).toMatch(/(All is well|worth a look)\.\n$/);
  });
});

describe("what it finds wrong", () => {
  test("[cli.doctor.mends] every fault of the configuration, without values", async () => {
    const env = { AUTH_SECRET: "hunter2", LLM_PROVIDER: "hal", FRONTEND_URL: "ftp://x" };
    const { code, checks } = await doctor(["--data", newFolder()], env);
    expect(code).toBe(1);
    const faults = checks.filter(({ check, status }) => check === "configuration" && status === "failed");
    for (const variable of Object.keys(env)) {
      expect(faults.find(({ message }) => message.startsWith(variable))?.mend).toMatch(/^For example: /);
    }
    expect(JSON.stringify(checks)).not.toContain("hunter2");
  });

  test("[cli.doctor.mends] a mistyped variable is a warning", async () => {
    const { code, checks } = await doctor(["--port", "0", "--data", newFolder()], { ANTHROPIC_API_KEI: "x" });
    expect(code).toBe(0);
    expect(checks).toContainEqual(
      expect.objectContaining({ status: "warning", message: expect.stringContaining("Is ANTHROPIC_API_KEY meant?") }),
    );
  });

  test("[cli.doctor.mends] a port in use, by a program and by another Aloft", async () => {
    await using program = await listening((_request, response) => response.end("{}"));
    const byProgram = await doctor(["--port", program.port, "--data", newFolder()]);
    expect(byProgram.code).toBe(1);
    expect(byProgram.find("port")).toMatchObject({
      status: "failed",
      message: `${program.port} on 127.0.0.1 is taken by another program`,
      mend: expect.stringContaining("--port"),
    });
    const byAloft = await doctor(["--port", new URL(running.url).port, "--data", newFolder()]);
    expect(byAloft.find("port")?.message).toContain("taken by another Aloft");
  });

  test("[cli.doctor.mends] an address that is not this machine's", async () => {
    const env = { FRONTEND_URL: "https://aloft.example.com", AUTH_SECRET: "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" };
    const { code, find } = await doctor(["--host", "192.0.2.1", "--data", newFolder()], env);
    expect(code).toBe(1);
    expect(find("port")).toMatchObject({ status: "failed", mend: expect.stringContaining("HOST") });
  });

  test("[cli.doctor.mends] a file in place of the folder, and a folder below a file", async () => {
    const file = newFolder();
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      const { code, find } = await doctor(["--port", "0", "--data", path]);
      expect(code).toBe(1);
      expect(find("data folder")).toMatchObject({ status: "failed", message: expect.stringContaining(path) });
    }
  });

  test("[cli.doctor.mends] a folder that other users can open is a warning", async () => {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o755 });
    const { code, find } = await doctor(["--port", "0", "--data", folder]);
    expect(code).toBe(0);
    expect(find("data folder")).toMatchObject({ status: "warning", mend: `chmod 700 ${folder}` });
  });

  test("[cli.doctor.mends] a database that is damaged, and one of newer code, both left as they are", async () => {
    const garbage = newFolder();
    mkdirSync(garbage, { mode: 0o700 });
    writeFileSync(join(garbage, "aloft.db"), "garbage".repeat(5000));
    const damaged = await doctor(["--port", "0", "--data", garbage]);
    expect(damaged.code).toBe(1);
    expect(damaged.find("database")).toMatchObject({ status: "failed", mend: expect.stringContaining("backup") });
    expect(readFileSync(join(garbage, "aloft.db"), "utf8")).toBe("garbage".repeat(5000));

    const newer = newFolder();
    mkdirSync(newer, { mode: 0o700 });
    writeFileSync(join(newer, "aloft.db"), readFileSync(join(left, "aloft.db")));
    {
      using database = new DatabaseSync(join(newer, "aloft.db"));
      database.exec(`UPDATE "$aloft" SET value = '999' WHERE name = 'schemaVersion'`);
    }
    const { code, find } = await doctor(["--port", "0", "--data", newer]);
    expect(code).toBe(1);
    expect(find("database")).toMatchObject({ message: expect.stringContaining("999"), mend: expect.any(String) });
  });

  test("[cli.doctor.mends] a secret that is damaged, and one that others could read", async () => {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "auth-secret"), "short", { mode: 0o600 });
    const damaged = await doctor(["--port", "0", "--data", folder]);
    expect(damaged.code).toBe(1);
    expect(damaged.find("auth secret")).toMatchObject({
      status: "failed",
      mend: expect.stringContaining("auth-secret"),
    });

    writeFileSync(join(folder, "auth-secret"), readFileSync(join(left, "auth-secret")));
    chmodSync(join(folder, "auth-secret"), 0o644);
    const open = await doctor(["--port", "0", "--data", folder]);
    expect(open.code).toBe(0);
    expect(open.find("auth secret")).toMatchObject({ status: "warning" });
  });

  test("[cli.doctor.mends] a disk with little left, and another Node", async () => {
    const left = (bytes: number) => checkDisk(scratch, async () => ({ bavail: bytes / 4096, bsize: 4096 }));
    expect(await left(50e6)).toMatchObject({ status: "failed", message: "47 MB free" });
    expect(await left(500e6)).toMatchObject({ status: "warning", message: "476 MB free" });
    expect(await left(50e9)).toMatchObject({ status: "ok", message: "46 GB free" });
    expect(checkNode("v22.19.0")).toMatchObject({ status: "warning", mend: expect.stringContaining("Node 24") });
  });
});

describe("the model", () => {
  const key = "sk-only-for-this-test-0123456789";
  const settings = (url: string) => ({ OPENAI_BASE_URL: `${url}/v1`, DEFAULT_MODEL: "llama4", OPENAI_API_KEY: key });
  const ask = (url: string) => doctor(["--port", "0", "--data", newFolder()], settings(url));

  test("[cli.doctor.model] answers, and was asked with the key", async () => {
    const seen: (string | undefined)[] = [];
    const chunk = (choice: object) =>
      `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: "llama4", choices: [choice] })}\n\n`;
    await using provider = await listening((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chunk({ index: 0, delta: { role: "assistant", content: "yes" }, finish_reason: null }));
      response.end(`${chunk({ index: 0, delta: {}, finish_reason: "stop" })}data: [DONE]\n\n`);
    });
    const { find } = await ask(provider.url);
    expect(find("model")).toMatchObject({ status: "ok", message: expect.stringContaining("llama4 answers") });
    expect(new Set(seen)).toEqual(new Set([`Bearer ${key}`]));
  });

  test("[cli.doctor.model] a key that is refused is a failure that names the variable, not the key", async () => {
    await using provider = await listening((_request, response) => {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}` } }));
    });
    const { code, checks, find } = await ask(provider.url);
    expect(code).toBe(1);
    expect(find("model")).toMatchObject({ status: "failed", message: expect.stringMatching(/API_KEY/) });
    expect(JSON.stringify(checks)).not.toContain(key);
  });

  test("[cli.doctor.model] a server that is not there, or says nothing for 5 s, is a failure", async () => {
    await using gone = await listening(() => {});
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    expect((await ask(url)).find("model")).toMatchObject({ status: "failed" });

    await using silent = await listening(() => {});
    const started = Date.now();
    const { code, find } = await ask(silent.url);
    expect(code).toBe(1);
    expect(find("model")?.message).toContain("within 5 s");
    expect(Date.now() - started).toBeLessThan(8000);
  });
});

describe("what is elsewhere", async () => {
  const here = await available("PostgreSQL 16", () => service("postgres-16"));
  test.runIf(here)(
    "[cli.doctor.elsewhere] a store, files and keys that are not on this machine are asked",
    async () => {
      const { env, open } = await storeOf(newFolder(), "postgres");
      await using store = await open();
      await store.check();
      const sound = await doctor(["--data", newFolder()], env);
      expect(sound.find("store")).toMatchObject({
        status: "ok",
        message: expect.stringContaining("PostgreSQL at 127.0.0.1"),
      });
      expect(sound.find("database")).toBeUndefined();
      const elsewhere = { ...env, DATABASE_URL: (env["DATABASE_URL"] ?? "").replace(/\/e2e$/, "/nowhere") };
      const lacking = await doctor(["--data", newFolder()], elsewhere);
      expect(lacking.code).toBe(1);
      expect(lacking.find("store")).toMatchObject({ status: "failed", message: expect.stringContaining("nowhere") });
      expect(JSON.stringify(lacking.checks)).not.toContain(new URL(elsewhere.DATABASE_URL).password);
    },
  );
});
