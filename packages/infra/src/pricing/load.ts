import { AloftError, type Issue } from "@aloft/core/errors";

/** What an app has to do, and what that takes. Every number can be given as `--load name=number,…`. */
export interface Load {
  /** A message and the reply to it. */
  readonly turnsPerDay: number;
  /** Of browsers and programs for each turn: the message, events, lists, files of the console. */
  readonly requestsPerTurn: number;
  /** Of an answer, as it goes out. */
  readonly kilobytesPerRequest: number;
  /** DynamoDB's: the turn with its agents, `postMessage`, `listMessages` and `streamEvents` of docs/costs.md. */
  readonly readUnitsPerTurn: number;
  /** The same operations', `postMessage` with an Idempotency-Key. */
  readonly writeUnitsPerTurn: number;
  /** Of the database's storage, PostgreSQL's. */
  readonly databaseRequestsPerTurn: number;
  /** What stays in the store, indexes included. */
  readonly kilobytesStoredPerTurn: number;
  readonly uploadsPerDay: number;
  readonly kilobytesPerUpload: number;
  /** How long everything has been kept by then. */
  readonly monthsKept: number;
  /** The hours into which a day's work falls. */
  readonly busyHoursPerDay: number;
  /** Browsers that listen in each busy hour. */
  readonly openConnections: number;
  /** Sent to models and tools over the Internet. */
  readonly kilobytesOutPerTurn: number;
  /** Received from them. */
  readonly kilobytesInPerTurn: number;
  readonly logKilobytesPerRequest: number;
  readonly traceSharePercent: number;
  /** What one processor serves: more of it adds tasks, up to the service's most. */
  readonly requestsPerSecondPerVcpu: number;
  /** What Aurora needs in busy hours. */
  readonly acu: number;
  /** An image's layers, compressed. */
  readonly imageMegabytes: number;
}

/** A small product: a thousand turns a day of some fifty people. */
export const defaultLoad: Load = {
  turnsPerDay: 1000,
  requestsPerTurn: 10,
  kilobytesPerRequest: 15,
  readUnitsPerTurn: 27,
  writeUnitsPerTurn: 11,
  databaseRequestsPerTurn: 60,
  kilobytesStoredPerTurn: 5,
  uploadsPerDay: 50,
  kilobytesPerUpload: 500,
  monthsKept: 12,
  busyHoursPerDay: 8,
  openConnections: 50,
  kilobytesOutPerTurn: 60,
  kilobytesInPerTurn: 20,
  logKilobytesPerRequest: 1,
  traceSharePercent: 100,
  requestsPerSecondPerVcpu: 100,
  acu: 1,
  imageMegabytes: 80,
};

/** Each, in plain words. */
export const loadMeaning: Readonly<Record<keyof Load, string>> = {
  turnsPerDay: "messages a day that are replied to",
  requestsPerTurn: "HTTP requests for each",
  kilobytesPerRequest: "KB of an answer to a browser",
  readUnitsPerTurn: "DynamoDB read units for each turn",
  writeUnitsPerTurn: "DynamoDB write units for each turn",
  databaseRequestsPerTurn: "requests to Aurora's storage for each turn",
  kilobytesStoredPerTurn: "KB that stay of each turn",
  uploadsPerDay: "files a day",
  kilobytesPerUpload: "KB of a file",
  monthsKept: "months for which everything has been kept",
  busyHoursPerDay: "hours a day in which the work is done",
  openConnections: "browsers that listen in those hours",
  kilobytesOutPerTurn: "KB to models and tools for each turn",
  kilobytesInPerTurn: "KB from models and tools for each turn",
  logKilobytesPerRequest: "KB of log for each request",
  traceSharePercent: "% of requests that are traced, with openTelemetry",
  requestsPerSecondPerVcpu: "requests a second that one vCPU serves",
  acu: "Aurora capacity units in busy hours",
  imageMegabytes: "MB of an image",
};

const most: { readonly [K in keyof Load]?: number } = { busyHoursPerDay: 24, traceSharePercent: 100 };
const moreThanNothing: readonly (keyof Load)[] = ["busyHoursPerDay", "requestsPerSecondPerVcpu"];

/** A load that cannot be had, with every fault. */
export class LoadError extends AloftError {
  readonly code = "load";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(`The load cannot be used:\n${issues.map(({ path, message }) => `  ${path}: ${message}`).join("\n")}`);
    this.issues = issues;
  }
}

/**
 * The load that `turnsPerDay=5000,openConnections=300` says; what it does not name is as in `base`.
 * @throws {LoadError} with every fault.
 */
export function parseLoad(text: string, base: Load = defaultLoad): Load {
  const faults: Issue[] = [];
  const given: { -readonly [K in keyof Load]?: number } = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = at === -1 ? part : part.slice(0, at).trim();
    if (!isName(name)) faults.push({ path: name, message: unknownName(name) });
    else if (at === -1) faults.push({ path: name, message: `Give a number, such as ${name}=${base[name]}` });
    else if (given[name] !== undefined) faults.push({ path: name, message: "It is given twice." });
    else given[name] = numberOf(name, part.slice(at + 1).trim(), faults);
  }
  if (faults.length > 0) throw new LoadError(faults);
  return { ...base, ...given };
}

function numberOf(name: keyof Load, text: string, faults: Issue[]): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const limit = most[name] ?? 1e9;
  if (Number.isNaN(value) || value > limit) {
    faults.push({
      path: name,
      message: `"${text}" is not a number from 0 to ${limit}. It says: ${loadMeaning[name]}.`,
    });
  } else if (value === 0 && moreThanNothing.includes(name)) {
    faults.push({ path: name, message: "It has to be more than 0." });
  }
  return value;
}

function isName(name: string): name is keyof Load {
  return Object.hasOwn(defaultLoad, name);
}

function unknownName(name: string): string {
  const letters = name.toLowerCase();
  const near = Object.keys(defaultLoad).find((known) => known.toLowerCase().startsWith(letters.slice(0, 5)));
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return `There is no such number.${hint} There are ${Object.keys(defaultLoad).join(", ")}.`;
}
