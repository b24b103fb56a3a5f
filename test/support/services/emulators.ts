import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type RunningService, startProgram } from "./program.ts";
import { pythonEnvironment } from "./python.ts";

/** Every AWS API but those that need containers. What it gets wrong is listed where tests meet it. */
export async function startMoto(): Promise<RunningService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startPython(
    "moto.server",
    ["-H", "127.0.0.1", "-p", String(port)],
    {},
    port,
    `${url}/moto-api/`,
  );
  return { url, stop };
}

export async function startMinistack(): Promise<RunningService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const scratch = await mkdtemp(join(tmpdir(), "aloft-ministack-"));
  const env = { BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port), TMPDIR: scratch };
  const { stop } = await startPython("ministack", [], env, port, url);
  return {
    url,
    async stop() {
      await stop();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function startPython(
  module: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
  readyUrl: string,
): Promise<{ stop(): Promise<void> }> {
  const python = join(await pythonEnvironment(), "bin", "python");
  return startProgram({ command: python, args: ["-m", module, ...args], env, port, readyUrl });
}
