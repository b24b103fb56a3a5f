import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../../server/test/support/backend.ts";
import { type Child, plainEnv, root, runAloft, runChild, startServer } from "../../../test/support/child.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-up-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(scratch, `data-${++folders}`);

async function bannerOf(child: Child): Promise<string> {
  return until(() => (child.stdout().includes("Ctrl-C") ? child.stdout() : undefined));
}

async function serving(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    () => true,
    () => false,
  );
}

describe("aloft up, for people", () => {
  test("[cli.up.banner] prints the link, the API, its docs, the folder, the model and how to get a real one", async () => {
    const dataDir = newFolder();
    await using child = runAloft(["up", "--port", "0", "--data", dataDir], { cwd: scratch });
    const banner = await bannerOf(child);
    const link = /(http:\/\/\S+)\/auth\/link\?token=\S+/.exec(banner);
    const url = link?.[1] ?? "";
    expect(banner).toContain("Aloft is ready");
    expect(banner).toContain(`${url}/api/v1\n`);
    expect(banner).toContain(`${url}/docs\n`);
    expect(banner).toContain(`${dataDir}\n`);
    expect(banner).toContain("offline/");
    expect(banner).toMatch(/ANTHROPIC_API_KEY.*OPENAI_API_KEY.*GROK_API_KEY.*OPENAI_BASE_URL.*\.env/s);
    expect(banner).not.toContain("\u001B");
    expect((await fetch(link?.[0] ?? "", { redirect: "manual" })).status).toBe(303);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
  });

  test("[cli.up.banner] a real model is named, and so is a variable that was probably mistyped", async () => {
    const env = { ANTHROPIC_API_KEY: "sk-ant-api03-only-for-this-test", ANTHROPIC_API_KEI: "sk-ant-secret-mistyped" };
    await using child = runAloft(["up", "--port", "0", "--data", newFolder()], { cwd: scratch, env });
    const banner = await bannerOf(child);
    expect(banner).toMatch(/Model\s+anthropic\/claude-/);
    expect(banner).not.toContain("For a real one");
    expect(banner).toContain("! ANTHROPIC_API_KEI is not known. Is ANTHROPIC_API_KEY meant?");
    for (const value of Object.values(env)) expect(child.stdout() + child.stderr()).not.toContain(value);
  });

  test("[cli.up.banner] settings in .env of the current folder count", async () => {
    const cwd = mkdtempSync(join(scratch, "cwd-"));
    writeFileSync(join(cwd, ".env"), "ALOFT_DATA_DIR=./kept\nPORT=0\n");
    await using child = runAloft(["up"], { cwd });
    expect(await bannerOf(child)).toContain(`${join(cwd, "kept")}\n`);
    expect(readdirSync(join(cwd, "kept"))).toContain("aloft.db");
  });

  test("[cli.up.banner] --open hands the link to the desktop, or says that there is none", async () => {
    const bin = mkdtempSync(join(scratch, "bin-"));
    const opened = join(bin, "opened");
    writeFileSync(
      join(bin, "xdg-open"),
      `#!/bin/sh\nprintf %s "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`,
      {
        mode: 0o755,
      },
    );
    const args = ["up", "--port", "0", "--data", newFolder(), "--open"];
    const withDesktop = { cwd: scratch, env: { PATH: `${bin}:${process.env["PATH"]}` } };
    {
      await using child = runAloft(args, withDesktop);
      const banner = await bannerOf(child);
      await until(() => (readdirSync(bin).includes("opened") ? true : undefined));
      expect(banner).toContain(readFileSync(opened, "utf8"));
    }
    await using child = runAloft(args, { cwd: scratch, env: { PATH: join(scratch, "nothing") } });
    await bannerOf(child);
    expect(await until(() => /No browser could be opened.*\n/.exec(child.stderr())?.[0])).toContain("xdg-open");
  });
});

/** A program that stops the way `aloft up` does, with something to close that takes its time. */
async function slowToClose(closing: string): Promise<Child> {
  const program = `
    const { closeOnSignal } = await import(${JSON.stringify(`${root}packages/cli/src/up/signals.ts`)});
    const still = setInterval(() => {}, 1000);
    const close = () => new Promise((resolve) => { console.log("closing"); ${closing} });
    const closed = closeOnSignal({ err: process.stderr }, { close });
    console.log("ready");
    await closed;
    clearInterval(still);`;
  const child = runChild(process.execPath, ["--input-type=module", "-e", program], { env: plainEnv() });
  await until(() => (child.stdout().includes("ready") ? true : undefined));
  return child;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("signals", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("[cli.up.signals] %s closes with exit code 0", async (signal) => {
    await using server = await startServer(newFolder());
    expect(await server.stop(signal)).toMatchObject({ code: 0, signal: null });
    expect(await serving(server.ready.url)).toBe(false);
  });

  test("[cli.up.signals] Ctrl-C that npm and the terminal both deliver is one", async () => {
    await using child = await slowToClose("setTimeout(resolve, 300)");
    child.process.kill("SIGINT");
    await pause(50);
    expect(await child.stop("SIGINT")).toMatchObject({ code: 0, signal: null, stdout: "ready\nclosing\n" });
  });

  test("[cli.up.signals] a second signal, later, ends it at once", async () => {
    await using child = await slowToClose("/* never closed */");
    child.process.kill("SIGTERM");
    await until(() => (child.stdout().includes("closing") ? true : undefined));
    await pause(600);
    expect(await child.stop("SIGINT")).toMatchObject({ code: 130, signal: null });
  });
});

describe("aloft link", () => {
  test("[cli.link] makes a new link to the running server, that signs in once", async () => {
    const dataDir = newFolder();
    await using server = await startServer(dataDir);
    await using child = runAloft(["link", "--json", "--data", dataDir]);
    const { code, stdout } = await child.ended;
    expect(code).toBe(0);
    const made = JSON.parse(stdout) as { url: string };
    expect(made).toEqual({
      ok: true,
      url: expect.stringContaining(`${server.ready.url}/auth/link?token=`),
      expiresAt: expect.any(String),
    });
    const open = async () => (await fetch(made.url, { redirect: "manual" })).status;
    expect([await open(), await open()]).toEqual([303, 410]);
  });

  test("[cli.link] says so if no server runs on the folder", async () => {
    const dataDir = newFolder();
    {
      await using server = await startServer(dataDir);
      await server.stop();
    }
    await using child = runAloft(["link", "--data", dataDir]);
    expect(await child.ended).toMatchObject({ code: 1, stdout: "" });
    expect(child.stderr()).toContain(`No server runs on ${dataDir}`);
  });
});

describe("errors", () => {
  test("[cli.errors.plain] one paragraph without a stack; DEBUG=aloft shows where it comes from", async () => {
    const file = newFolder();
    writeFileSync(file, "");
    const args = ["up", "--port", "0", "--data", file];
    await using plain = runAloft(args);
    expect((await plain.ended).code).toBe(1);
    expect(plain.stdout()).toBe("");
    expect(plain.stderr()).toContain(file);
    expect(plain.stderr()).not.toMatch(/\n\s+at /);
    await using debug = runAloft(args, { env: { DEBUG: "aloft" } });
    expect((await debug.ended).stderr).toMatch(/\n\s+at /);
  });

  test("[cli.errors.plain] a reader that goes away is no crash", async () => {
    const command = `"$@" --help | head -c 1`;
    const aloft = [process.execPath, `${root}packages/cli/bin/aloft.js`];
    await using child = runChild("bash", ["-o", "pipefail", "-c", command, "bash", ...aloft]);
    expect(await child.ended).toMatchObject({ stdout: "A", stderr: "" });
  });
});
