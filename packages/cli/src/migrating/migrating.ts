import { lackingInDeployment, migrateStore, storeStatus, type StoreStatusLine } from "@aloft/adapters/store/migrate";
import { schemaVersion, tables } from "@aloft/core/tables";
import { environmentName } from "@aloft/server/config/env";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { parsePlace, type Place } from "../moving/place.ts";
import { serverEnvironment } from "../server-environment.ts";

export interface StoreLines {
  /** The store, without any password. */
  readonly label: string;
  readonly lines: readonly StoreStatusLine[];
}

export async function readStatus(io: Io, given: string | undefined): Promise<StoreLines> {
  const { label, config } = await placeOf(io, given);
  return { label, lines: await storeStatus(config, { tables, schemaVersion }) };
}

export async function runMigrate(
  io: Io,
  given: string | undefined,
  options: {
    readonly dryRun: boolean;
    /** Tables in DynamoDB are made in production too. */
    readonly create: boolean;
    readonly waitMs: number;
    readonly silent: boolean;
  },
): Promise<StoreLines> {
  const place = await placeOf(io, given);
  const { label, config } = place;
  if (!options.create && !options.dryRun) await refuseInProduction(io, place);
  const { dryRun, waitMs, silent } = options;
  const onProgress = (message: string): void => void (silent ? undefined : io.err.write(`${message}\n`));
  if (!dryRun && config.type === "postgres") {
    const { makeProgramUser } = await import("@aloft/adapters/preparing/program-user");
    await makeProgramUser(await serverEnvironment(io), config.directUrl ?? config.url, {
      waitMs,
      onWaiting: onProgress,
    });
  }
  return { label, lines: await migrateStore(config, { tables, schemaVersion, dryRun, waitMs, onProgress }) };
}

/**
 * In production, tables in DynamoDB come with the deployment: made here, they would lack what that gives them, and a
 * mistyped prefix would go unseen.
 */
async function refuseInProduction(io: Io, { label, config }: Place): Promise<void> {
  if (config.type !== "dynamodb" || environmentName(await serverEnvironment(io)) !== "production") return;
  const lines = await storeStatus(config, { tables, schemaVersion });
  const lacking = lackingInDeployment(config, lines).length;
  if (lacking === 0) return;
  throw new CliError(
    "not_in_production",
    `In production, tables in DynamoDB come with the deployment: nothing was made. ${label} lacks ${lacking} of ` +
      `${lines.length} parts; aloft store status lists them. Check DYNAMODB_REGION and DYNAMODB_TABLE_PREFIX, or make ` +
      "them all the same: aloft store migrate --create",
  );
}

function placeOf(io: Io, given: string | undefined): Promise<Place> {
  return parsePlace(io, "--store", given ?? "configured");
}

/** What keeps the store from being used, with what mends it. */
export function statusProblem(lines: readonly StoreStatusLine[]): string | undefined {
  const missing = lines.filter(({ state }) => state !== "ready");
  if (missing.length === 0) return undefined;
  return missing.every(({ mendable }) => mendable !== false)
    ? "is not up to date. Run: aloft store migrate"
    : "is not what this version needs, and migrating cannot change that: see above what can.";
}

export function statusText(label: string, lines: readonly StoreStatusLine[]): string {
  const problem = statusProblem(lines);
  const end = problem === undefined ? `${label} is up to date.` : `${label} ${problem}`;
  return `${[...lines.map(lineText), end].join("\n")}\n`;
}

export function migrateText(label: string, lines: readonly StoreStatusLine[], dryRun: boolean): string {
  if (lines.length === 0) return `${label} is up to date.\n`;
  const cannot = lines.some(({ mendable }) => mendable === false);
  const toDo = cannot ? "Migrating cannot do all of it." : "To do it: aloft store migrate";
  const end = dryRun ? `Nothing was changed. ${toDo}` : `${label} is up to date now.`;
  return `${[...lines.map(lineText), end].join("\n")}\n`;
}

function lineText({ what, state, action }: StoreStatusLine): string {
  const word = action === "done" ? "done" : state;
  return `${word.padEnd(9)} ${what}${action === "" || action === "done" ? "" : `: ${action}`}`;
}
