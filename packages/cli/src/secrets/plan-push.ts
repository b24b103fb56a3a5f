import type { FoundSecret, WantedSecret } from "@aloft/adapters/secrets/read-aws";
import type { Secret } from "@aloft/core/secrets/define-secrets";
import { type SecretProblem, SecretsError } from "@aloft/core/secrets/problems";
import { parseObject, readSecret, textOf } from "@aloft/core/secrets/read-secret";
import { mergeJson } from "./merge.ts";

/** One variable on both sides. `kept`: only AWS has it, and it stays. */
export interface Difference {
  readonly variable: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly status: "new" | "changed" | "same" | "kept";
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Write {
  readonly one: WantedSecret;
  readonly text: string;
  /** The version that the text was made from; undefined: there is none yet. */
  readonly expected: string | undefined;
}

export interface PushPlan {
  readonly differences: readonly Difference[];
  readonly writes: readonly Write[];
}

type Values = Readonly<Record<string, string | undefined>>;
const absent = new Set(["not_found"]);

/**
 * What has to be written so that AWS has these values; an empty one counts as none.
 * @throws {SecretsError} something that is there cannot be read, or is not what the manifest says: writing would lose it.
 */
export function planPush(
  wanted: readonly WantedSecret[],
  found: ReadonlyMap<string, FoundSecret>,
  values: Values,
): PushPlan {
  const planned = wanted.map((one) => planSecret(one, found.get(one.name), values));
  const problems = planned.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (problems.length > 0)
    throw new SecretsError("Nothing was written: what is there cannot be merged with.", problems);
  return {
    differences: planned.flatMap(({ differences }) => differences),
    writes: planned.flatMap(({ write }) => (write === undefined ? [] : [write])),
  };
}

interface Planned {
  readonly differences: readonly Difference[];
  readonly write?: Write;
  readonly problem?: SecretProblem;
}

function planSecret(one: WantedSecret, found: FoundSecret | undefined, values: Values): Planned {
  const given = one.secret.fills.filter(({ variable }) => Boolean(values[variable]));
  const problem = found?.problem;
  if (problem !== undefined && !absent.has(problem.fault))
    return given.length === 0 ? { differences: [] } : { differences: [], problem };
  const text = found?.text;
  if (text !== undefined && one.secret.shape === "json" && parseObject(text) === undefined) {
    if (given.length === 0) return { differences: [] };
    const origin = { name: one.name, region: undefined, environment: "" };
    return {
      differences: [],
      problem: { ...notJson(one.secret, origin.name), variables: given.map(({ variable }) => variable) },
    };
  }
  const before = currentValues(one.secret, text);
  const differences = one.secret.fills.flatMap(({ key, variable }): readonly Difference[] => {
    const after = values[variable] || undefined;
    const had = before[variable];
    if (after === undefined && had === undefined) return [];
    const status = after === undefined ? "kept" : had === undefined ? "new" : had === after ? "same" : "changed";
    return [{ variable, name: one.name, key, status, before: had, after }];
  });
  const set = differences.filter(({ status }) => status === "new" || status === "changed");
  if (set.length === 0) return { differences };
  const next = nextText(one.secret, text, set);
  return {
    differences,
    write: { one, text: next, expected: found?.problem === undefined ? found?.version : undefined },
  };
}

function notJson(secret: Secret, name: string): SecretProblem {
  const [problem] = readSecret(secret, { name, region: undefined, environment: "" }, "").problems;
  const message = `secret "${name}" is not a JSON object, so its keys cannot be set one by one.`;
  const mend = `Look at it and mend it by hand: aws secretsmanager get-secret-value --secret-id ${name}`;
  return {
    fault: "not_json",
    secret: name,
    key: undefined,
    variables: [],
    region: undefined,
    ...problem,
    message,
    mend,
  };
}

/** The variables that a text fills as it is; what has the wrong type counts as not there. */
export function currentValues(secret: Secret, text: string | undefined): Values {
  if (text === undefined) return {};
  const [first] = secret.fills;
  if (secret.shape === "text") return first === undefined || text === "" ? {} : { [first.variable]: text };
  const object = parseObject(text) ?? {};
  return Object.fromEntries(
    secret.fills.map(({ key = "", variable }) => [
      variable,
      (Object.hasOwn(object, key) && textOf(object[key])) || undefined,
    ]),
  );
}

function nextText(secret: Secret, text: string | undefined, set: readonly Difference[]): string {
  if (secret.shape === "text") return set[0]?.after ?? "";
  return mergeJson(text ?? "{}", Object.fromEntries(set.map(({ key = "", after = "" }) => [key, after])));
}
