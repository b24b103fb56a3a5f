import { CliError, usageError } from "../../errors.ts";
import type { Io } from "../../io.ts";
import { type Place, parsePlace } from "../../moving/place.ts";
import { type AppConfigOptions, type LoadedApp, loadAppConfig } from "../app-config.ts";

export interface DataSettings extends AppConfigOptions {
  readonly direction: "pull" | "push";
  /** The other side: an environment of the same app, or a store as `aloft store copy` names it. */
  readonly other: string | undefined;
  /** Where a database that is in a private network is reached from here, as a store. */
  readonly through: string | undefined;
  readonly intoProduction: boolean;
  readonly journal: string | undefined;
  readonly json: boolean;
}

/** Copies what an environment keeps, to or from another environment or a store. */
export async function runData(io: Io, settings: DataSettings): Promise<number> {
  const loaded = await loadAppConfig(settings);
  const own = await placeOf(io, loaded, settings.through);
  const other = await otherPlace(io, loaded, settings);
  const [from, to] = settings.direction === "pull" ? [own, other.place] : [other.place, own];
  const target = settings.direction === "pull" ? other.environment : loaded.environment;
  if (target === "production" && !settings.intoProduction) {
    throw new CliError(
      "into_production",
      "This would fill production's store. Nothing was changed. If that is meant: add --into-production",
    );
  }
  const { runCopy } = await import("../../moving/run-copy.ts");
  const { presentCopy } = await import("../../moving/present-copy.ts");
  const { json, journal } = settings;
  const outcome = await runCopy(io, { from, to, journal, hold: false, freeze: true, silent: json });
  return presentCopy(io, outcome, { json, what: "Copied" });
}

async function otherPlace(
  io: Io,
  { environments, environment }: LoadedApp,
  settings: DataSettings,
): Promise<{ readonly place: Place; readonly environment?: string }> {
  const { other = "configured", direction, config, through } = settings;
  const option = direction === "pull" ? "--to" : "--from";
  if (other === environment)
    throw usageError("same_store", `${option} names ${environment} itself. Give another environment or store.`);
  if (!environments.some((name) => name === other)) return { place: await parsePlace(io, option, other) };
  const loaded = await loadAppConfig({ config, env: other });
  if (loaded.app.topology === "relational" && through !== undefined) {
    throw usageError(
      "invalid_option",
      `--through is one side's tunnel: name the other as a store with ${option} postgres://…`,
    );
  }
  return { place: await placeOf(io, loaded, undefined), environment: other };
}

async function placeOf(io: Io, { app, environment }: LoadedApp, through: string | undefined): Promise<Place> {
  if (through !== undefined) return parsePlace(io, "--through", through);
  if (app.topology === "solo") return parsePlace(io, "--env", `dynamodb:${app.region}/${app.prefix}_`);
  if (app.topology === "library") throw new CliError("no_store", `${app.name} keeps secrets only: aloft secrets pull`);
  throw new CliError(
    "private_database",
    `The database of ${environment} is in a private network. Open a tunnel to it (the runbook says how: aws ssm start-session, ` +
      "AWS-StartPortForwardingSessionToRemoteHost), set a variable to its address at the tunnel's end, and give --through env:<variable>",
  );
}
