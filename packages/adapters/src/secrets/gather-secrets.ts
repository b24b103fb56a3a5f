import type { SecretSource } from "@aloft/core/ports/secrets";
import type { Demand, Secret, SecretsManifest } from "@aloft/core/secrets/define-secrets";
import { type EnvironmentName, secretName, type SecretsEnvironment } from "@aloft/core/secrets/names";
import { problemLine, type SecretFault, type SecretProblem, SecretsError } from "@aloft/core/secrets/problems";
import { readSecret } from "@aloft/core/secrets/read-secret";
import { type AwsOptions, openAwsClients } from "./aws-clients.ts";
import { readAws, type WantedSecret } from "./read-aws.ts";

export interface Gathered {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly sources: Readonly<Record<string, SecretSource>>;
  readonly warnings: readonly string[];
}

interface GatherOptions {
  readonly env: SecretsEnvironment;
  readonly files: SecretsEnvironment;
  readonly environment: EnvironmentName;
  readonly askAws: boolean;
  readonly aws: AwsOptions;
  /** The last good values: what AWS cannot give just now stays as it was. */
  readonly before: Gathered | undefined;
}

type Values = Record<string, string | undefined>;
type Sources = Record<string, SecretSource>;

/** Somebody has taken it away; of other faults nobody knows how long they last. */
const gone: ReadonlySet<SecretFault> = new Set(["not_found", "pending_deletion", "key_missing", "empty", "not_set"]);

/** The environment with what files add to it; an empty text counts as not set. */
export function around(env: SecretsEnvironment, files: SecretsEnvironment): SecretsEnvironment {
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  return { ...files, ...Object.fromEntries(set) };
}

/** Fills every variable from the first that has it. @throws {SecretsError} */
export async function gatherSecrets(manifest: SecretsManifest, options: GatherOptions): Promise<Gathered> {
  const { env, files, environment, askAws } = options;
  const given = around(env, files);
  const values: Values = {};
  const sources: Sources = {};
  for (const name of manifest.variables) {
    if (given[name]) [values[name], sources[name]] = [given[name], env[name] ? "environment" : "env-file"];
  }
  const wanted = manifest.secrets
    .filter(({ fills }) => fills.some(({ variable }) => values[variable] === undefined))
    .map((secret) => ({ secret, name: secretName(manifest, secret, environment.name, given) }));
  const found = askAws ? await askedOf(wanted, given, options) : { values: {}, problems: notSet(wanted, environment) };
  for (const { secret } of wanted) fillFrom(secret, found.values, values, sources);
  const left = found.problems
    .map((problem) => ({ ...problem, variables: problem.variables.filter((name) => values[name] === undefined) }))
    .filter(({ variables }) => variables.length > 0);
  const warnings = sortOut(manifest, left, environment);
  for (const { fault, variables } of left) {
    if (!gone.has(fault)) keepBefore(variables, options.before, values, sources);
  }
  return { values, sources, warnings: askAws ? warnings : [] };
}

function fillFrom({ fills, place }: Secret, found: Readonly<Values>, values: Values, sources: Sources): void {
  for (const { variable } of fills) {
    if (values[variable] !== undefined || found[variable] === undefined) continue;
    [values[variable], sources[variable]] = [found[variable], place];
  }
}

function keepBefore(
  variables: readonly string[],
  before: Gathered | undefined,
  values: Values,
  sources: Sources,
): void {
  for (const name of variables) {
    const source = before?.sources[name];
    if (source !== undefined) [values[name], sources[name]] = [before?.values[name], source];
  }
}

interface Asked {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly SecretProblem[];
}

async function askedOf(
  wanted: readonly WantedSecret[],
  given: SecretsEnvironment,
  { environment, aws }: GatherOptions,
): Promise<Asked> {
  if (wanted.length === 0) return { values: {}, problems: [] };
  try {
    using clients = await openAwsClients(given, environment.name, aws);
    const found = await readAws(clients, environment.name, wanted);
    const read = wanted.map(({ secret, name }) => {
      const one = found.get(name);
      if (one?.text === undefined) return { values: {}, problems: one === undefined ? [] : [one.problem] };
      return readSecret(secret, { name, region: clients.region, environment: environment.name }, one.text);
    });
    return {
      values: Object.assign({}, ...read.map(({ values }) => values)),
      problems: read.flatMap(({ problems }) => problems),
    };
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
    const [problem] = error.problems;
    const variables = wanted.flatMap(({ secret }) => secret.fills.map(({ variable }) => variable));
    if (problem === undefined) throw error;
    throw new SecretsError(headingOf(environment.name), [{ ...problem, variables }]);
  }
}

function notSet(wanted: readonly WantedSecret[], { development }: EnvironmentName): readonly SecretProblem[] {
  const mend = development
    ? "Set it in .env, or load it from AWS with AWS_SECRETS_ENABLED=true."
    : "Set it in the environment, or take away AWS_SECRETS_ENABLED=false.";
  return wanted.flatMap(({ secret, name }) =>
    secret.fills.map(({ key, variable }) => ({
      fault: "not_set" as const,
      secret: name,
      key,
      variables: [variable],
      region: undefined,
      message: "is not set, and AWS is not asked.",
      mend,
    })),
  );
}

function headingOf(environment: string): string {
  return `The secrets of "${environment}" cannot be loaded. See: aloft secrets doctor --env ${environment}`;
}

/** What is only a warning. @throws {SecretsError} with all that is more than that. */
function sortOut(
  manifest: SecretsManifest,
  problems: readonly SecretProblem[],
  environment: EnvironmentName,
): readonly string[] {
  const demands = new Map(
    manifest.secrets.flatMap(({ fills }: Secret) => fills.map(({ variable, required }) => [variable, required])),
  );
  const stops = (name: string): boolean => isDemanded(demands.get(name) ?? false, environment);
  const required = problems
    .map((problem) => ({ ...problem, variables: problem.variables.filter(stops) }))
    .filter(({ variables }) => variables.length > 0);
  if (required.length > 0) throw new SecretsError(headingOf(environment.name), required);
  return problems.map((problem) => problemLine(problem).trim());
}

/** Whether a start has to have it, in this environment. */
export function isDemanded(demand: Demand, { development }: EnvironmentName): boolean {
  return demand === true || (demand === "outside-dev" && !development);
}
