import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StoreConfig } from "@aloft/adapters/store/index";
import type { StoreConfig as ConfiguredStore } from "@aloft/server/config/config";
import { ConfigError } from "@aloft/server/config/config-error";
import { type Environment, environmentName } from "@aloft/server/config/env";
import { readStore } from "@aloft/server/config/read-parts";
import { reader } from "@aloft/server/config/reader";
import { databaseFile } from "../data-folder.ts";
import { type CliError, usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { serverEnvironment } from "../server-environment.ts";

/** A store as it is named on the command line. */
export interface Place {
  readonly config: StoreConfig;
  /** What it is called in messages: equal for equal places, without any password. */
  readonly label: string;
  /** Of SQLite. */
  readonly folder?: string;
  /** The command line itself held a password, which whoever lists processes could read. */
  readonly showsPassword: boolean;
}

const ways =
  "Write sqlite:<data folder>, postgres://user@host/database, dynamodb:<region>/<table prefix>, env:<variable that holds " +
  "one of these>, or configured (what the server would use).";

/**
 * Reads a place. What cannot be read is not repeated, for it may hold a password.
 * @throws {CliError} with exit code 2.
 */
export async function parsePlace(io: Io, option: string, text: string): Promise<Place> {
  if (text === "configured") return configuredPlace(await serverEnvironment(io));
  if (!text.startsWith("env:")) return { ...parseValue(option, text), showsPassword: hasPassword(text) };
  const name = text.slice("env:".length);
  const value = (await serverEnvironment(io))[name]?.trim();
  if (value === undefined || value === "") {
    throw usageError("invalid_place", `${option} names the variable ${name}, which is not set. ${ways}`);
  }
  return parseValue(`The variable ${name}`, value);
}

function parseValue(what: string, text: string): Place {
  const [scheme = ""] = text.split(":", 1);
  const rest = text.slice(scheme.length + 1);
  switch (scheme) {
    case "sqlite":
      if (rest === "") throw unreadable(what, "sqlite: needs a data folder, as in sqlite:./data");
      return sqlitePlace(rest);
    case "dynamodb":
      return dynamodbPlace(what, rest);
    case "postgres":
    case "postgresql":
      return postgresPlace(what, { type: "postgres", url: text });
    default:
      throw unreadable(what, "it cannot be understood");
  }
}

function sqlitePlace(given: string): Place {
  const path = resolve(given);
  const folder = existsSync(path) ? realpathSync(path) : path;
  const config = { type: "sqlite", path: join(folder, databaseFile) } as const;
  return { config, label: `sqlite:${folder}`, folder, showsPassword: false };
}

function dynamodbPlace(what: string, rest: string): Place {
  const [, region, tablePrefix] = /^([a-z]{2}(?:-[a-z]+)+-\d)\/([A-Za-z0-9_.-]{1,100})$/.exec(rest) ?? [];
  if (region === undefined || tablePrefix === undefined) {
    throw unreadable(what, "DynamoDB is named by region and table prefix, as in dynamodb:eu-central-1/aloft_prod_");
  }
  const config = { type: "dynamodb", region, tablePrefix } as const;
  return { config, label: `dynamodb:${region}/${tablePrefix}`, showsPassword: false };
}

function postgresPlace(what: string, config: Extract<StoreConfig, { type: "postgres" }>): Place {
  const url = URL.canParse(config.url) ? new URL(config.url) : undefined;
  if (url === undefined || url.hostname === "" || url.pathname.length < 2) {
    throw unreadable(what, "PostgreSQL is named as postgres://user:password@host:5432/database");
  }
  const user = url.username === "" ? "" : `${url.username}@`;
  const tenant = config.tenant === undefined ? "" : ` (tenant ${config.tenant})`;
  const label = `postgres://${user}${url.hostname}:${url.port || "5432"}${url.pathname}${tenant}`;
  return { config, label, showsPassword: false };
}

function hasPassword(text: string): boolean {
  return URL.canParse(text) && new URL(text).password !== "";
}

/** The store of the server that is started the same way. @throws {ConfigError} with every fault. */
function configuredPlace(env: Environment): Place {
  const read = reader(env);
  const dataDir = resolve(read.text("ALOFT_DATA_DIR") ?? "data");
  const store: ConfiguredStore = readStore(read, dataDir, environmentName(env));
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  if (store.type === "sqlite") return sqlitePlace(store.folder);
  if (store.type === "postgres") return postgresPlace("DATABASE_URL", store);
  return { config: store, label: `dynamodb:${store.region}/${store.tablePrefix}`, showsPassword: false };
}

function unreadable(what: string, why: string): CliError {
  return usageError("invalid_place", `${what} names no store: ${why}. ${ways}`);
}
