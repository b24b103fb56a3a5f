import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  awsEnv,
  disposable,
  type Recorder,
  recorder,
  secretsManager,
  stalled,
  store,
} from "../packages/adapters/test/secrets/support.ts";
import { type Child, plainEnv, root, runAloft, runChild } from "./support/child.ts";
import { service } from "./support/services.ts";
import { available } from "./support/skip.ts";

const folder = join(root, "examples/nextjs-secrets");
const next = join(folder, "node_modules/next/dist/bin/next");
const minutes = 60_000;
const scratch = mkdtempSync(join(tmpdir(), "aloft-next-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function run(command: string, args: readonly string[], cwd: string): void {
  try {
    execFileSync(command, args, {
      cwd,
      env: plainEnv({ NEXT_TELEMETRY_DISABLED: "1" }),
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

function installedAlready(): boolean {
  const installed = join(folder, "node_modules/.package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
}

const ready = await available("Next.js (npm's cache, or its registry)", () => {
  if (installedAlready()) return;
  try {
    run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], folder);
  } catch (error) {
    const said = error instanceof Error ? error.message.split("\n").filter((line) => line.startsWith("npm error")) : [];
    throw new Error(said.slice(0, 3).join(" ") || "npm ci failed in examples/nextjs-secrets", { cause: error });
  }
});
const emulated = await available("moto", () => service("moto"));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe.runIf(ready && emulated)("examples/nextjs-secrets", () => {
  let aws: Recorder;
  let motoUrl: string;

  beforeAll(async () => {
    rmSync(join(folder, ".next"), { recursive: true, force: true });
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run(process.execPath, [tsc, "-b", "packages/core", "packages/adapters"], root);
    run(process.execPath, [next, "build"], folder);
    ({ url: motoUrl } = await service("moto"));
    aws = await recorder(motoUrl);
  }, 5 * minutes);
  afterAll(async () => {
    await aws?.[Symbol.asyncDispose]();
  });

  async function start(env: Readonly<Record<string, string>>): Promise<{ app: Child; url: string }> {
    const port = String(await freePort());
    const app = runChild(process.execPath, [next, "start", "-H", "127.0.0.1", "-p", port], {
      cwd: folder,
      env: { ...env, NEXT_TELEMETRY_DISABLED: "1" },
    });
    return { app, url: `http://127.0.0.1:${port}` };
  }

  async function status(app: Child, url: string): Promise<any> {
    for (const end = performance.now() + 30_000; performance.now() < end; await delay(50)) {
      if (app.process.exitCode !== null) expect.fail(`it ended: ${app.stdout()}${app.stderr()}`);
      const answer = await fetch(`${url}/status`).catch(() => undefined);
      if (answer !== undefined) return { status: answer.status, ...(await answer.json()) };
    }
    return expect.fail("it never answered");
  }

  test(
    "[secrets.nextjs] without its secret the start fails, and names it with what mends it",
    { timeout: minutes },
    async () => {
      const { app } = await start(awsEnv(aws.url, { ALOFT_ENV: "nowhere" }));
      await using _ = app;
      const { code, stdout, stderr } = await app.ended;
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain('DATABASE_URL, SESSION_SECRET: secret "pixell/nowhere" is not in us-east-1.');
      expect(stdout + stderr).toContain("aloft secrets push .env --env nowhere");
    },
  );

  test(
    "[secrets.nextjs] with the service down it fails within 10 seconds, with the reason",
    { timeout: minutes },
    async () => {
      await using service = await stalled();
      const started = performance.now();
      const { app } = await start(awsEnv(service.url));
      await using _ = app;
      const { code, stdout, stderr } = await app.ended;
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain("Secrets Manager in us-east-1 does not answer.");
    },
  );

  test(
    "[secrets.nextjs] with its secret it serves after one request, and follows a change without a restart",
    { timeout: minutes },
    async () => {
      const secret = { DATABASE_URL: "postgres://sw0rdf1sh", SESSION_SECRET: "sw0rdf1sh", OTHER: "x" };
      await store(motoUrl, { "pixell/prod": { OTHER: "x" } });
      const values = join(scratch, ".env");
      writeFileSync(values, "DATABASE_URL=postgres://sw0rdf1sh\nSESSION_SECRET=sw0rdf1sh\n");
      const push = ["secrets", "push", values, "--env", "prod", "--manifest", "secrets.manifest.ts", "--yes"];
      await using pushing = runAloft(push, { cwd: folder, env: awsEnv(motoUrl) });
      expect(await pushing.ended).toMatchObject({ code: 0, stdout: "Written: pixell/prod\n" });
      aws.asked.splice(0);
      const { app, url } = await start(awsEnv(aws.url));
      await using _ = app;
      const first = await status(app, url);
      expect(first).toMatchObject({
        status: 200,
        ok: true,
        there: ["DATABASE_URL", "SESSION_SECRET"],
        fromEnvironment: true,
      });
      expect(aws.asked).toEqual(["BatchGetSecretValue"]);
      const page = await fetch(url);
      const html = await page.text();
      expect(page.status).toBe(200);
      expect(html.replaceAll("<!-- -->", "")).toContain("DATABASE_URL is there");

      using client = disposable(secretsManager(motoUrl));
      const SecretString = JSON.stringify({ ...secret, SENTRY_DSN: "https://sw0rdf1sh" });
      await client.send(new PutSecretValueCommand({ SecretId: "pixell/prod", SecretString }));
      app.process.kill("SIGHUP");
      await expect.poll(async () => (await status(app, url)).there, { timeout: 10_000 }).toContain("SENTRY_DSN");
      expect((await status(app, url)).version).not.toBe(first.version);
      expect(html + app.stdout() + app.stderr()).not.toContain("sw0rdf1sh");
    },
  );
});
