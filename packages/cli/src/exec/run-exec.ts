import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { Step } from "@aloft/adapters/preparing/under-lock";
import { CliError, usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { type Awaited, awaitReady } from "./await-ready.ts";
import { become } from "./become.ts";
import { configuredDatabases, databasesOf } from "./databases.ts";
import { environmentFor } from "./environment.ts";
import { findProgram } from "./find-program.ts";
import { type Interrupted, untilInterrupted } from "./interrupted.ts";
import { say } from "./say.ts";

export interface ExecSettings {
  /** The program and its arguments. */
  readonly program: readonly string[];
  readonly env: string | undefined;
  readonly manifest: string | undefined;
  readonly waitMs: number;
  readonly waitFor: readonly Awaited[];
  readonly lockWaitMs: number;
  /** True: by files or by Aloft's own tables; a text: by this command. */
  readonly migrate: boolean | string;
  readonly seed: { readonly command: string; readonly name: string } | undefined;
}

const migrationsFolder = "migrations";

/**
 * Prepares what a program needs, and becomes it.
 * @returns an exit code only if a signal came before that. @throws {CliError} @throws {AloftError}
 */
export async function runExec(io: Io, settings: ExecSettings): Promise<number> {
  const env = await environmentFor(io.env, settings);
  // Before anything is changed for a program that is not there.
  findProgram(settings.program, env);
  if (!needsPreparing(env, settings)) return become(settings.program, env);
  const interrupted = untilInterrupted();
  try {
    await prepare(env, settings, interrupted);
  } catch (error) {
    if (interrupted.signal.aborted) return interrupted.end();
    throw error;
  }
  if (interrupted.signal.aborted) return interrupted.end();
  return become(settings.program, env);
}

function needsPreparing(env: NodeJS.ProcessEnv, { migrate, seed, waitMs, waitFor }: ExecSettings): boolean {
  if (migrate !== false || seed !== undefined || waitFor.length > 0) return true;
  const dynamodb = env["MAIN_DB_TYPE"]?.trim().toLowerCase() === "dynamodb";
  return waitMs > 0 && (databasesOf(env).url !== undefined || dynamodb);
}

async function prepare(env: NodeJS.ProcessEnv, settings: ExecSettings, { signal }: Interrupted): Promise<void> {
  const { waitMs, waitFor, lockWaitMs } = settings;
  const databases = waitMs > 0 ? await configuredDatabases(env) : [];
  await awaitReady([...databases, ...waitFor], waitMs, signal);
  const steps = await stepsOf(env, settings, signal);
  if (steps.length === 0) return;
  const { directUrl } = databasesOf(env);
  if (directUrl === undefined) throw withoutDatabase(settings);
  const { underLock } = await import("@aloft/adapters/preparing/under-lock");
  await underLock(directUrl, steps, { waitMs: lockWaitMs, onWaiting: say, signal });
}

function withoutDatabase({ migrate }: ExecSettings): CliError {
  const option = migrate === false ? "--seed" : typeof migrate === "string" ? "--migrate-with" : "--migrate";
  return new CliError(
    "no_database",
    `${option} needs PostgreSQL: it is done under a lock there, and recorded there. Set ` +
      "DATABASE_URL=postgres://user:password@host:5432/database.",
  );
}

async function stepsOf(env: NodeJS.ProcessEnv, settings: ExecSettings, signal: AbortSignal): Promise<readonly Step[]> {
  const { migrate, seed } = settings;
  const steps: Step[] = migrate === false ? [] : await programUser(env);
  if (migrate === true) steps.push(...(await migrateByFiles(env, settings)));
  if (typeof migrate === "string") {
    const { fingerprint } = await import("./fingerprint.ts");
    const of = { name: "migrate", what: "The migration", command: migrate, env, signal };
    steps.push(await commandStep({ ...of, fingerprint: fingerprint(migrate, process.cwd()) }));
  }
  if (seed !== undefined) {
    const { command, name } = seed;
    const digest = createHash("sha256").update(command).digest("hex");
    const of = { name: `seed ${name} ${digest.slice(0, 12)}`, what: "The seed", command, env, signal };
    steps.push(await commandStep({ ...of, fingerprint: digest }));
  }
  return steps;
}

/** Before what is migrated: what is made afterwards is then open to it. */
async function programUser(env: NodeJS.ProcessEnv): Promise<Step[]> {
  const { programUserOf, programUserStep } = await import("@aloft/adapters/preparing/program-user");
  const user = programUserOf(env);
  return user === undefined ? [] : [programUserStep(user)];
}

interface CommandOptions {
  readonly name: string;
  readonly what: string;
  readonly command: string;
  readonly fingerprint: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function commandStep({ name, what, command, fingerprint, env, signal }: CommandOptions): Promise<Step> {
  const { onceStep } = await import("@aloft/adapters/preparing/steps");
  return onceStep({
    name,
    fingerprint,
    run: async (lost) => {
      const { runSupervised } = await import("./supervised.ts");
      say(`${what.replace(/^The /, "")}: ${command}`);
      await runSupervised({ what, command, env, stop: AbortSignal.any([lost, signal]) });
    },
  });
}

/** The files of ./migrations; else, for Aloft's own server, its tables. */
async function migrateByFiles(env: NodeJS.ProcessEnv, { program }: ExecSettings): Promise<readonly Step[]> {
  const { readSqlFiles, sqlFilesStep } = await import("@aloft/adapters/preparing/steps");
  const files = readSqlFiles(join(process.cwd(), migrationsFolder));
  if (files.length > 0) return [sqlFilesStep(files, (file) => say(`applying ${migrationsFolder}/${file}`))];
  if (!/^aloft(?:\.js)?$/.test(basename(program[0] ?? ""))) {
    throw usageError(
      "nothing_to_migrate",
      `--migrate applies ./${migrationsFolder}/*.sql, and there is no such file in ${process.cwd()}. Put SQL there, or name ` +
        'a command of your own: --migrate-with "alembic upgrade head".',
    );
  }
  const { migrateOwnTables } = await import("./own-tables.ts");
  await migrateOwnTables(env);
  return [];
}
