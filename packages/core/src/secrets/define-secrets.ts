import { InvalidError, type Issue } from "../errors.ts";
import type { PostgresAddress } from "./database-url.ts";

/** Where a secret is kept: what must not be seen in Secrets Manager, plain configuration in Parameter Store. */
export type SecretPlace = "secrets-manager" | "parameter-store";

/** `true`: nothing starts without it. `outside-dev`: the same, but a laptop may do without. */
export type Demand = boolean | "outside-dev";

/** How a new value is made, where a random one will do. */
export interface Generate {
  /** Random bytes before encoding, at least 16. */
  readonly bytes: number;
  readonly encoding: "base64url" | "base64" | "hex";
}

/** What one key of a JSON secret fills, where the variable's name alone does not say enough. */
export interface KeyFill {
  readonly variable: string;
  readonly required?: Demand;
  readonly generate?: Generate;
}

/** One secret, as a manifest declares it. */
export interface SecretDeclaration {
  /** Its name in AWS. `{env}` stands for the environment's name, `{prefix}` for the manifest's prefix. */
  readonly name: string;
  readonly description?: string;
  /** Default: Secrets Manager. */
  readonly in?: SecretPlace;
  /**
   * The variables it fills. A string: the secret is plain text, and the whole of it is that variable's value. A list:
   * it is a JSON object whose keys are named like their variables. An object: a JSON object, key → variable.
   */
  readonly fills: string | readonly string[] | Readonly<Record<string, string | KeyFill>>;
  /** Holds for every variable it fills that does not say otherwise. Default: false. */
  readonly required?: Demand;
  /** Names of the services that read it: each is allowed to, and has to hear of a change. */
  readonly readers?: readonly string[];
  readonly generate?: Generate;
}

export interface ManifestOptions<E extends string = string> {
  /** Variables that name the environment; the first that is set counts. Default: ALOFT_ENV, then NODE_ENV. */
  readonly environmentVariables?: readonly E[];
  /** How `{env}` spells an environment's name. Default: `development` is `dev`, and `production` is `prod`. */
  readonly environmentNames?: Readonly<Record<string, string>>;
  /** What `{prefix}` stands for; it may hold `{env}`. */
  readonly prefix?: string;
  /** A variable that, if set, is the prefix instead. */
  readonly prefixVariable?: string;
}

/** One variable that a secret fills; `key` is undefined for a plain text. */
export interface Filled {
  readonly key: string | undefined;
  readonly variable: string;
  readonly required: Demand;
  readonly generate: Generate | undefined;
}

/** A declared secret, complete. `name` still holds its placeholders: see `secretName`. */
export interface Secret {
  /** The name it has within its manifest. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly place: SecretPlace;
  readonly shape: "text" | "json";
  readonly fills: readonly Filled[];
  readonly readers: readonly string[];
  /** It holds `username` and `password` of a database that is here, and fills its URL. */
  readonly address?: PostgresAddress;
}

/** `V`: every variable the manifest fills; `R`: those that are always there once it is loaded. */
export interface SecretsManifest<V extends string = string, R extends string = string> {
  readonly secrets: readonly Secret[];
  readonly variables: readonly V[];
  readonly required: readonly R[];
  readonly environmentVariables: readonly string[];
  readonly environmentNames: Readonly<Record<string, string>>;
  readonly prefix: string | undefined;
  readonly prefixVariable: string | undefined;
}

type Declarations = Readonly<Record<string, SecretDeclaration>>;
type VariableOf<F> = F extends string ? F : F extends { readonly variable: infer V extends string } ? V : never;
type DemandOf<S, F> = F extends { readonly required: infer R }
  ? R
  : S extends { readonly required: infer R }
    ? R
    : false;
type FillOf<S extends SecretDeclaration> = S["fills"] extends string
  ? S["fills"]
  : S["fills"] extends readonly (infer N)[]
    ? N
    : S["fills"][keyof S["fills"]];
type Always<S, F> = F extends unknown ? (DemandOf<S, F> extends true ? VariableOf<F> : never) : never;

/** Every variable that the declarations fill. */
export type VariablesOf<D extends Declarations> = { [K in keyof D]: VariableOf<FillOf<D[K]>> }[keyof D];
/** Those of them that are required everywhere. */
export type RequiredOf<D extends Declarations> = { [K in keyof D]: Always<D[K], FillOf<D[K]>> }[keyof D];

const defaultNames: Readonly<Record<string, string>> = { development: "dev", production: "prod" };
const variablePattern = /^[A-Za-z_]\w*$/;

/**
 * Declares every secret of an app once: from it they are loaded, pushed, checked, and allowed to their readers.
 * @throws {InvalidError} naming every declaration that cannot work.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html for what a name may hold
 */
export function defineSecrets<const D extends Declarations>(
  declarations: D,
  options: ManifestOptions = {},
): SecretsManifest<VariablesOf<D>, RequiredOf<D>> {
  const secrets = Object.entries(declarations).map(([id, declaration]) => complete(id, declaration));
  const fills = secrets.flatMap((secret) => secret.fills);
  const issues = secrets.flatMap((secret) => faultsOf(secret, options));
  issues.push(...duplicates(secrets));
  if (issues.length > 0) throw new InvalidError("The manifest of secrets cannot work:", issues);
  return {
    secrets,
    variables: fills.map(({ variable }) => variable as VariablesOf<D>),
    required: fills.filter(({ required }) => required === true).map(({ variable }) => variable as RequiredOf<D>),
    environmentVariables: options.environmentVariables ?? ["ALOFT_ENV", "NODE_ENV"],
    environmentNames: options.environmentNames ?? defaultNames,
    prefix: options.prefix,
    prefixVariable: options.prefixVariable,
  };
}

function complete(id: string, declaration: SecretDeclaration): Secret {
  const { name, description = "", in: place = "secrets-manager", fills, readers = [] } = declaration;
  return {
    id,
    name,
    description,
    place,
    shape: typeof fills === "string" ? "text" : "json",
    fills: keysOf(fills).map(([key, fill]) => filled(key, fill, declaration)),
    readers,
  };
}

function keysOf(fills: SecretDeclaration["fills"]): readonly (readonly [string | undefined, string | KeyFill])[] {
  if (typeof fills === "string") return [[undefined, fills]];
  if (isList(fills)) return fills.map((variable) => [variable, variable]);
  return Object.entries(fills);
}

function isList(fills: Exclude<SecretDeclaration["fills"], string>): fills is readonly string[] {
  return Array.isArray(fills);
}

function filled(key: string | undefined, fill: string | KeyFill, declaration: SecretDeclaration): Filled {
  const own: KeyFill = typeof fill === "string" ? { variable: fill } : fill;
  const generate = own.generate ?? (key === undefined ? declaration.generate : undefined);
  return { key, variable: own.variable, required: own.required ?? declaration.required ?? false, generate };
}

function faultsOf({ id, name, place, fills }: Secret, { prefix, prefixVariable }: ManifestOptions): Issue[] {
  const issues: Issue[] = [];
  const say = (message: string): void => void issues.push({ path: id, message });
  const plain = name.replaceAll("{env}", "e").replaceAll("{prefix}", "p");
  const allowed = place === "secrets-manager" ? /^[\w/+=.@-]{1,512}$/ : /^(?:\/[\w./-]{1,1010}|[\w.-]{1,1011})$/;
  if (!allowed.test(plain)) say(`"${name}" cannot be a name in ${place}.`);
  if (name.includes("{prefix}") && prefix === undefined && prefixVariable === undefined) {
    say(`"${name}" has {prefix}, and the manifest has no prefix.`);
  }
  if (fills.length === 0) say("It fills no variable.");
  for (const { variable, generate } of fills) {
    if (!variablePattern.test(variable)) say(`"${variable}" cannot be a variable's name.`);
    if (generate !== undefined && !(generate.bytes >= 16 && generate.bytes <= 1024)) {
      say(`${variable} is generated from 16 to 1024 bytes.`);
    }
  }
  return issues;
}

function duplicates(secrets: readonly Secret[]): Issue[] {
  const first = new Map<string, string>();
  const issues: Issue[] = [];
  const check = (what: string, { id }: Secret): void => {
    const other = first.get(what);
    if (other === undefined) first.set(what, id);
    else issues.push({ path: id, message: `${what} is already declared by ${other}.` });
  };
  for (const secret of secrets) {
    check(`The name "${secret.name}" in ${secret.place}`, secret);
    for (const { variable } of secret.fills) check(variable, secret);
  }
  return issues;
}
