import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainEnv, root, runAloft } from "../../../test/support/child.ts";
import { awsEnv, store } from "../../adapters/test/secrets/support.ts";
import { service } from "../../../test/support/services.ts";
import { freePort } from "../../../test/support/services/program.ts";
import { available } from "../../../test/support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-exec-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const aloft = [process.execPath, "--conditions=aloft-source", join(root, "packages/cli/bin/aloft.js")] as const;

function exec(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd: string = folder) {
  return runAloft(["exec", ...args], { cwd, env }).ended;
}

function script(name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Node cannot open a terminal. */
const terminal = await available("a terminal (Python 3)", () => {
  const { status } = spawnSync("python3", ["-c", "import pty"]);
  return status === 0;
});

describe("becoming the program", () => {
  test("[exec.become] is the same process, with the same input, blocking pipes and no signal ignored", async () => {
    const child = spawn(
      aloft[0],
      [...aloft.slice(1), "exec", "--", "sh", "-c", "echo $$; cat; exec cat /proc/self/fdinfo/1 /proc/self/status"],
      {
        cwd: folder,
        env: plainEnv(),
      },
    );
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stdin.end("from the terminal\n");
    await once(child, "close");
    const [pid, line] = out.split("\n");
    expect(Number(pid)).toBe(child.pid);
    expect(line).toBe("from the terminal");
    if (process.platform !== "linux") return;
    const flags = Number.parseInt(/flags:\s*(\d+)/.exec(out)?.[1] ?? "", 8);
    expect(flags & 0o4000).toBe(0);
    const ignored = BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(out)?.[1]}`);
    expect(ignored & (1n << 12n)).toBe(0n);
    expect(ignored & (1n << 24n)).toBe(0n);
  });

  test.runIf(process.platform === "linux")(
    "[exec.become] leaves pipes as they were even after it has waited and told so",
    async () => {
      const port = await freePort();
      const waiting = exec(["--wait-for", `tcp://127.0.0.1:${port}`, "--", "cat", "/proc/self/fdinfo/2"]);
      await delay(500);
      const server = createServer().listen(port, "127.0.0.1");
      const { code, stdout, stderr } = await waiting;
      server.close();
      expect(stderr).toMatch(
        /^aloft: waiting for tcp:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\naloft: tcp:.* answers after \d/,
      );
      expect(code).toBe(0);
      expect(Number.parseInt(/flags:\s*(\d+)/.exec(stdout)?.[1] ?? "", 8) & 0o4000).toBe(0);
    },
  );

  test.each([0, 1, 7, 126, 127, 255])("[exec.exit-code] of %i", async (code) => {
    expect(await exec(["--", "sh", "-c", `exit ${code}`])).toMatchObject({
      code,
      signal: null,
      stdout: "",
      stderr: "",
    });
  });

  test.each(["SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT", "SIGPIPE"] as const)(
    "[exec.exit-code] death by %s",
    async (signal) => {
      const ended = await exec(["--", "sh", "-c", `ulimit -c 0; kill -s ${signal.slice(3)} $$`]);
      expect(ended).toMatchObject({ code: null, signal });
    },
  );

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const)(
    "[exec.signals] %s arrives once",
    async (signal) => {
      const name = signal.slice(3);
      const program = `n=0; trap 'n=$((n+1))' ${name}; echo ready; i=0; while [ $i -lt 10 ]; do sleep 0.05; i=$((i+1)); done; exit $((40+n))`;
      const child = runAloft(["exec", "--", "sh", "-c", program], { cwd: folder });
      while (!child.stdout().includes("ready")) await delay(5);
      child.process.kill(signal);
      expect(await child.ended).toMatchObject({ code: 41, signal: null });
    },
  );

  test.runIf(terminal)("[exec.signals] a terminal's Ctrl-C arrives once", () => {
    const program = `n=0; trap 'n=$((n+1))' INT; echo ready; i=0; while [ $i -lt 10 ]; do sleep 0.05; i=$((i+1)); done; echo "got $n"`;
    const typed = script(
      "type-ctrl-c.py",
      [
        "import os, pty, sys",
        "pid, terminal = pty.fork()",
        "if pid == 0: os.execv(sys.argv[1], sys.argv[1:])",
        "seen = b''",
        "typed = False",
        "while True:",
        "    try: part = os.read(terminal, 1000)",
        "    except OSError: break",
        "    if not part: break",
        "    seen += part",
        "    if b'ready' in seen and not typed: typed = True; os.write(terminal, b'\\x03')",
        "os.waitpid(pid, 0)",
        "sys.stdout.write(seen.decode())",
      ].join("\n"),
    );
    const { stdout, stderr } = spawnSync("python3", [typed, ...aloft, "exec", "--", "sh", "-c", program], {
      cwd: folder,
      env: plainEnv(),
      encoding: "utf8",
    });
    expect(stdout, stderr).toContain("got 1");
  });

  test("[exec.scripts] a text is the shell's", async () => {
    const path = script("plain", 'echo "$0 $1"\n');
    expect(await exec(["--", path, "given"])).toMatchObject({ code: 0, stdout: `${path} given\n`, stderr: "" });
  });

  test("[exec.quiet] arguments of the program are its own, and nothing else is printed", async () => {
    const ended = await exec([
      "--",
      process.execPath,
      "-p",
      "process.argv.slice(1).join()",
      "--",
      "--help",
      "--version",
      "a b",
    ]);
    expect(ended).toMatchObject({ code: 0, stdout: "--help,--version,a b\n", stderr: "" });
  });
});

describe("what cannot be started", () => {
  test.each([
    ["no-such-program", 'error "no-such-program" cannot be started: not found. It is in no folder of PATH.\n'],
    ["./no-such-file", 'error "./no-such-file" cannot be started: not found. There is no such file.\n'],
  ])("[exec.not-found] %s", async (program, stderr) => {
    expect(await exec(["--", program])).toMatchObject({ code: 127, stdout: "", stderr });
  });

  test("[exec.not-found] a script whose interpreter is not here, and one written on Windows", async () => {
    const foreign = script("foreign", "#!/opt/no/such/python -u\n");
    expect(await exec(["--", foreign])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("It needs /opt/no/such/python, which is not here."),
    });
    const windows = script("windows", "#!/bin/sh\r\necho hi\r\n");
    expect(await exec(["--", windows])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("Its lines end as on Windows"),
    });
  });

  test("[exec.not-found] a folder, and a file that may not be executed", async () => {
    expect(await exec(["--", folder])).toMatchObject({ code: 126, stderr: expect.stringContaining("it is a folder") });
    const path = script("not-executable", "#!/bin/sh\n", 0o644);
    expect(await exec(["--", path])).toMatchObject({
      code: 126,
      stderr: `error ${path} cannot be started: it may not be executed. Try: chmod +x ${path}\n`,
    });
  });

  test.each([
    [[], "aloft exec needs a program after --, as in: aloft exec -- node app.js"],
    [["node", "app.js"], 'aloft exec does not know what to do with "node". The program comes after --'],
    [["--migrate", "--migrate-with", "true", "--", "true"], "Give --migrate or --migrate-with, not both."],
    [["--seed-name", "demo", "--", "true"], "--seed-name needs --seed."],
    [["--wait", "soon", "--", "true"], '--wait cannot be "soon": it is a time, such as 90s, 5m or 0.'],
    [["--wait-for", "there", "--", "true"], '--wait-for cannot be "there": it is tcp://host:port or http://host/path.'],
    [["--migrate", "--", "true"], "--migrate applies ./migrations/*.sql, and there is no such file in"],
    [["--manifest", "nowhere.json", "--", "true"], "--manifest: there is no file"],
  ])("[exec.usage] %j", async (args, message) => {
    expect(await exec(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });

  test("[exec.usage] what is done under a lock needs PostgreSQL", async () => {
    const { code, stderr } = await exec(["--seed", "true", "--", "true"], { DATABASE_URL: "sqlite:///app.db" });
    expect(code).toBe(1);
    expect(stderr).toContain(
      "--seed needs PostgreSQL: it is done under a lock there, and recorded there. Set DATABASE_URL=",
    );
  });
});

describe("the environment", () => {
  const print = ["--", process.execPath, "-p", "JSON.stringify(process.env)"];
  const own = join(folder, "own");
  beforeAll(() => {
    rmSync(own, { recursive: true, force: true });
    spawnSync("mkdir", [own]);
    writeFileSync(join(own, ".env"), "FROM_FILE=file\nBOTH=file\nAPI_KEY=key of the file\n");
  });

  test("[exec.environment] as it was, with what .env files say in development alone", async () => {
    const given = plainEnv({ BOTH: "given", AWS_ACCESS_KEY_ID: "AKIATEST" });
    const { stdout } = await exec(print, { BOTH: "given", AWS_ACCESS_KEY_ID: "AKIATEST" }, own);
    expect(JSON.parse(stdout)).toEqual({ ...given, FROM_FILE: "file", API_KEY: "key of the file" });
    const production = await exec(["--env", "production", ...print], { BOTH: "given" }, own);
    expect(JSON.parse(production.stdout)).toEqual(plainEnv({ BOTH: "given", ALOFT_ENV: "production" }));
  });

  test("[exec.secrets] of the manifest beside it; outside development a missing one keeps the program from starting", async () => {
    const manifest = { api: { name: "app/api", fills: "API_KEY", required: true } };
    writeFileSync(join(own, "secrets.manifest.json"), JSON.stringify(manifest));
    const { stdout } = await exec(print, {}, own);
    expect(JSON.parse(stdout)).toMatchObject({ API_KEY: "key of the file" });
    const {
      code,
      stdout: nothing,
      stderr,
    } = await exec(["--env", "prod", ...print], { AWS_SECRETS_ENABLED: "false" }, own);
    expect({ code, nothing }).toEqual({ code: 1, nothing: "" });
    expect(stderr).toContain('The secrets of "prod" cannot be loaded.');
    expect(stderr).toContain("API_KEY");
    expect(readFileSync(join(own, ".env"), "utf8")).toContain("key of the file");
    expect(stderr).not.toContain("key of the file");
  });
});

const emulated = await available("moto", () => service("moto"));

test.runIf(emulated)(
  "[exec.secrets] come from AWS, and nothing else of the environment is changed",
  { timeout: 30_000 },
  async () => {
    const { url } = await service("moto");
    await store(url, { "exec/prod/database": { url: "postgres-less", other: "not declared" } });
    const manifest = join(folder, "manifest.json");
    const fills = { url: { variable: "APP_SECRET", required: true } };
    writeFileSync(manifest, JSON.stringify({ database: { name: "exec/{env}/database", fills } }));
    const args = ["--env", "prod", "--manifest", manifest, "--", process.execPath, "-p", "JSON.stringify(process.env)"];
    const { code, stdout, stderr } = await exec(args, awsEnv(url));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(plainEnv({ ...awsEnv(url), ALOFT_ENV: "prod", APP_SECRET: "postgres-less" }));
  },
);

test.runIf(emulated)(
  "[exec.secrets] Aloft's own are loaded for Aloft's own program, where AWS is to be asked",
  { timeout: 30_000 },
  async () => {
    const { url } = await service("moto");
    await store(url, { "exec-own/llm-keys": { anthropic: "key of the model" } });
    const program = join(folder, "aloft");
    writeFileSync(program, '#!/bin/sh\necho "$ANTHROPIC_API_KEY"\n', { mode: 0o755 });
    const env = { ...awsEnv(url), ALOFT_ENV: "test", ALOFT_SECRETS_PREFIX: "exec-own", AUTH_SECRET: "here already" };
    const asked = await exec(["--", program], { ...env, AWS_SECRETS_ENABLED: "true" });
    expect([asked.code, asked.stdout]).toEqual([0, "key of the model\n"]);
    expect((await exec(["--", program], env)).stdout).toBe("\n");
  },
);

describe("waiting", () => {
  let server: Server;
  let url: string;
  let status = 503;
  beforeAll(async () => {
    server = createServer((_request, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  });
  afterAll(() => server.close());

  test("[exec.wait] for what answers that it is not ready, and gives up at the limit", async () => {
    status = 503;
    const failed = await exec(["--wait", "600ms", "--wait-for", url, "--", "true"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`${url} did not answer within 0.6 s: it answers 503.`);
    const waiting = exec(["--wait-for", url, "--", "echo", "started"]);
    setTimeout(() => (status = 200), 700);
    expect(await waiting).toMatchObject({ code: 0, stdout: "started\n" });
  });

  test("[exec.wait] every one of several is waited for", async () => {
    status = 200;
    const closed = `tcp://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await exec(["--wait", "500ms", "--wait-for", closed, `--wait-for=${url}`, "--", "true"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${closed} did not answer within 0.5 s: ECONNREFUSED.`);
  });

  test("[exec.wait.dynamodb] an endpoint that answers anything but a failure is there", async () => {
    status = 400;
    const env = { MAIN_DB_TYPE: "dynamodb", AWS_ENDPOINT_URL_DYNAMODB: url };
    expect(await exec(["--", "echo", "started"], env)).toMatchObject({ code: 0, stdout: "started\n" });
    const closed = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await exec(["--wait", "300ms", "--", "true"], {
      ...env,
      AWS_ENDPOINT_URL_DYNAMODB: closed,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`DynamoDB at ${closed.slice(7)} did not answer within 0.3 s: ECONNREFUSED.`);
  });

  test("[exec.migrate.interrupted] a signal while it waits ends it by that signal", async () => {
    const child = runAloft(["exec", "--wait-for", `tcp://127.0.0.1:${await freePort()}`, "--", "true"], {
      cwd: folder,
    });
    while (!child.stderr().includes("waiting")) await delay(10);
    child.process.kill("SIGTERM");
    expect(await child.ended).toMatchObject({ code: null, signal: "SIGTERM" });
  });
});

test("[exec.fast] the start takes at most three times that of bare Node", () => {
  const measure = (args: readonly string[]): number => {
    const started = performance.now();
    expect(spawnSync(process.execPath, args, { cwd: folder, env: plainEnv() }).status).toBe(0);
    return performance.now() - started;
  };
  const bare: number[] = [];
  const ours: number[] = [];
  const noop = script("noop.mjs", "");
  for (let i = 0; i < 21; i++) {
    bare.push(measure([noop]));
    ours.push(measure([...aloft.slice(1), "exec", "--", "/bin/true"]));
  }
  const best = (times: number[]): number => times.sort((a, b) => a - b)[5] ?? 0;
  console.log(`aloft exec -- true: ${best(ours).toFixed(0)} ms, node of an empty module: ${best(bare).toFixed(0)} ms`);
  expect(best(ours)).toBeLessThanOrEqual(3 * best(bare));
});
