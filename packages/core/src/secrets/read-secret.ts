import { databaseUrl, type PostgresAddress } from "./database-url.ts";
import type { Filled, Secret } from "./define-secrets.ts";
import type { SecretFault, SecretProblem } from "./problems.ts";

/** Where a secret was read: for what is said about it. */
export interface SecretOrigin {
  /** Its name in AWS. */
  readonly name: string;
  readonly region: string | undefined;
  /** The environment, as `aloft secrets … --env` takes it. */
  readonly environment: string;
}

/** The variables that a secret's text fills, and what keeps it from filling the others. */
export interface ReadSecret {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly SecretProblem[];
}

/**
 * Takes a secret's text apart. A JSON value may be a text, a boolean or a whole number that JSON keeps exactly; an empty
 * text counts as missing. Nothing that is said quotes the text.
 */
export function readSecret(secret: Secret, origin: SecretOrigin, text: string): ReadSecret {
  if (secret.shape === "text") {
    const [fill] = secret.fills;
    if (fill === undefined) return { values: {}, problems: [] };
    if (text === "") return { values: {}, problems: [problemOf("empty", origin, [fill], "is empty.")] };
    return { values: { [fill.variable]: text }, problems: [] };
  }
  const object = parseObject(text);
  if (object === undefined) {
    return { values: {}, problems: [problemOf("not_json", origin, secret.fills, "is not a JSON object.")] };
  }
  if (secret.address !== undefined) return readDatabase(secret, secret.address, origin, object);
  const read = secret.fills.map((fill) => readKey(fill, origin, object));
  return {
    values: Object.fromEntries(read.flatMap(({ value }) => (value === undefined ? [] : [value]))),
    problems: read.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}

function readDatabase(
  { fills }: Secret,
  address: PostgresAddress,
  origin: SecretOrigin,
  object: Readonly<Record<string, unknown>>,
): ReadSecret {
  const composed = databaseUrl(object, address);
  const [fill] = fills;
  if ("url" in composed) return { values: fill === undefined ? {} : { [fill.variable]: composed.url }, problems: [] };
  const { lacks } = composed;
  const variable = { host: "PGHOST", dbname: "PGDATABASE" }[lacks];
  const or = variable === undefined ? "" : `, and ${variable} is not set`;
  return { values: {}, problems: [problemOf("key_missing", origin, fills, `has no key "${lacks}"${or}.`)] };
}

/** The JSON object that a text is; undefined if it is none. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    // The parser's words quote the text.
    return undefined;
  }
}

/** A value of a JSON secret as a variable's text; undefined if it is of a type that no variable can have. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : undefined;
}

interface ReadKey {
  readonly value?: readonly [string, string];
  readonly problem?: SecretProblem;
}

function readKey(fill: Filled, origin: SecretOrigin, object: Readonly<Record<string, unknown>>): ReadKey {
  const key = fill.key ?? "";
  if (!Object.hasOwn(object, key)) {
    return { problem: problemOf("key_missing", origin, [fill], `has no key "${key}"${near(key, object)}.`) };
  }
  const value = textOf(object[key]);
  if (value === undefined) {
    const type = typeOf(object[key]);
    return { problem: problemOf("wrong_type", origin, [fill], `has ${type} under "${key}", where a text belongs.`) };
  }
  if (value === "") return { problem: problemOf("empty", origin, [fill], `has an empty text under "${key}".`) };
  return { value: [fill.variable, value] };
}

function near(key: string, object: Readonly<Record<string, unknown>>): string {
  const plain = (name: string): string => name.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const found = Object.keys(object).find((other) => plain(other) === plain(key));
  return found === undefined ? "" : `, but "${found}"`;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "number" ? "a number that JSON does not keep exactly" : `an ${typeof value}`;
}

const mends: Readonly<Record<string, string>> = {
  not_json: 'Store a JSON object such as {"KEY":"value"}, then run: aloft secrets doctor',
  wrong_type: "Put it in quotes: aloft secrets push .env",
};

function problemOf(fault: SecretFault, origin: SecretOrigin, fills: readonly Filled[], what: string): SecretProblem {
  const { name, region, environment } = origin;
  const [fill] = fills;
  return {
    fault,
    secret: name,
    key: fills.length === 1 ? fill?.key : undefined,
    variables: fills.map(({ variable }) => variable),
    region,
    message: `secret "${name}"${region === undefined ? "" : ` in ${region}`} ${what}`,
    mend: `${mends[fault] ?? "Set it in .env and run: aloft secrets push .env"} --env ${environment}`,
  };
}
