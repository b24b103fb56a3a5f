import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AloftError } from "@aloft/core/errors";
import { ConfigError } from "@aloft/server/config/config-error";
import type { Config } from "@aloft/server/config/config";
import { readEnvironment, secretsEnabled } from "@aloft/server/config/env";
import { type LoadedConfig, loadConfig } from "@aloft/server/config/load";
import { dataFolder, type RunningOn, runningServer } from "../data-folder.ts";
import type { Io } from "../io.ts";
import { serverEnvironment } from "../server-environment.ts";
import { checkAuthSecret, checkDataFolder, checkDatabase, checkDisk } from "./data-checks.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";
import { checkConsole, checkModel, checkNode, checkPort } from "./machine-checks.ts";

export interface DoctorOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly data?: string | undefined;
}

/** Looks at everything a start needs. */
export async function examine(io: Io, options: DoctorOptions): Promise<readonly Finding[]> {
  const folder = dataFolder(io, options.data);
  const folderFinding = await checkDataFolder(folder);
  const writable = folderFinding.status !== "failed";
  const server = writable ? await serverOn(folder) : undefined;
  const { secrets, env } = await checkSecrets(io);
  const { findings, config } = await checkConfiguration(env, options);
  return [
    checkNode(process.version),
    ...secrets,
    ...findings,
    folderFinding,
    ...(server === undefined ? [] : [ok("server", runningMessage(server))]),
    ...(writable && (config?.store.type ?? "sqlite") === "sqlite" ? [checkDatabase(folder)] : []),
    ...(writable ? [await checkAuthSecret(env, folder), await checkDisk(folder)] : []),
    ...(config === undefined ? [] : await checkElsewhere(config)),
    ...(config === undefined ? [] : [await checkPort(config.listen, server), await checkModel(config)]),
    checkConsole(),
  ];
}

/** A laptop has nothing elsewhere, and does not load what would ask. */
async function checkElsewhere(config: Config): Promise<readonly Finding[]> {
  const { store, blobs, keys } = config;
  if (store.type === "sqlite" && blobs.type === "filesystem" && keys.type === "file") return [];
  return (await import("./parts-checks.ts")).checkParts(config);
}

async function serverOn(folder: string): Promise<RunningOn | undefined> {
  const { existsSync } = await import("node:fs");
  return existsSync(join(folder, "lock")) ? runningServer(folder) : undefined;
}

function runningMessage({ pid, url }: RunningOn): string {
  return `process ${pid ?? "(unknown)"} runs on this data folder${url === undefined ? "" : ` at ${url}`}`;
}

/** What AWS keeps of the server's secrets is read as at a start, if AWS_SECRETS_ENABLED says so. */
async function checkSecrets(
  io: Io,
): Promise<{ readonly secrets: readonly Finding[]; readonly env: NodeJS.ProcessEnv }> {
  const own = readEnvironment(io.env, process.cwd());
  const enabled = secretsEnabled(own);
  try {
    const env = await serverEnvironment(io);
    return { secrets: enabled ? [ok("secrets", "what the environment lacks is read from AWS")] : [], env };
  } catch (error) {
    if (!(error instanceof AloftError)) throw error;
    const mend = "Do as it says, then look again; `aloft secrets doctor` shows more.";
    return { secrets: [failed("secrets", error.message, mend)], env: own };
  }
}

async function checkConfiguration(
  env: NodeJS.ProcessEnv,
  options: DoctorOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly config?: Config }> {
  try {
    const { config, warnings } = await loadAside(env, options);
    const notes = warnings.map((note) => warning("configuration", note, "Rename or remove the variable."));
    return { findings: [ok("configuration", "every variable that is set can be used"), ...notes], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      findings: error.faults.map(({ variable, problem, example }) =>
        failed("configuration", `${variable}: ${problem}`, `For example: ${example}`),
      ),
    };
  }
}

/** Loading makes the data folder and its secret, so it is done on a folder of no consequence. */
async function loadAside(env: NodeJS.ProcessEnv, { port, host }: DoctorOptions): Promise<LoadedConfig> {
  const aside = await mkdtemp(join(tmpdir(), "aloft-doctor-"));
  try {
    return await loadConfig({ env, port, host, dataDir: aside });
  } finally {
    await rm(aside, { recursive: true });
  }
}
