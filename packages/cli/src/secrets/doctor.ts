import type { FoundSecret, WantedSecret } from "@aloft/adapters/secrets/read-aws";
import type { SecretAdmin } from "@aloft/adapters/secrets/secret-admin";
import { type SecretProblem, SecretsError } from "@aloft/core/secrets/problems";
import { parseObject, readSecret } from "@aloft/core/secrets/read-secret";
import { failed, type Finding, ok, warning } from "../doctor/finding.ts";
import type { Io } from "../io.ts";
import { type SecretsTarget, secretsTarget, type TargetOptions } from "./target.ts";

/** Looks at everything a start would need, and goes on after what it finds wrong. */
export async function examineSecrets(io: Io, options: TargetOptions): Promise<readonly Finding[]> {
  const target = await secretsTarget(io, options);
  let admin: SecretAdmin;
  try {
    admin = await target.open();
  } catch (error) {
    return [unaskable(error)];
  }
  const findings = [ok("environment", `"${target.environment.name}", in ${admin.region}`)];
  const read = await readAll(target.wanted, admin);
  findings.push(...read.findings);
  if (read.found === undefined) return findings;
  const names = [...read.found.values()].some(({ problem }) => problem?.fault === "not_found")
    ? await admin.names()
    : [];
  for (const one of target.wanted) findings.push(...examine(target, admin, one, read.found.get(one.name), names));
  return findings;
}

function unaskable(error: unknown): Finding {
  const [problem] = error instanceof SecretsError ? error.problems : [];
  if (problem === undefined) throw error;
  const check = problem.fault.startsWith("credentials")
    ? "credentials"
    : problem.fault === "region"
      ? "region"
      : "service";
  return failed(problem.fault.endsWith("_denied") ? "permission" : check, problem.message, problem.mend);
}

interface ReadAll {
  readonly found: ReadonlyMap<string, FoundSecret> | undefined;
  readonly findings: readonly Finding[];
}

/** In one request, as a start does; if just that is not allowed, one by one, to see what else is wrong. */
async function readAll(wanted: readonly WantedSecret[], admin: SecretAdmin): Promise<ReadAll> {
  try {
    const found = await admin.read(wanted);
    return { found, findings: [ok("credentials", "AWS knows them, and they may read secrets in one request")] };
  } catch (error) {
    const finding = unaskable(error);
    if (!(error instanceof SecretsError) || error.problems[0]?.fault !== "batch_denied") {
      return { found: undefined, findings: [finding] };
    }
    const parameters = wanted.filter(({ secret }) => secret.place === "parameter-store");
    const secrets = wanted.filter(({ secret }) => secret.place === "secrets-manager");
    const found = new Map([...(await admin.readEach(secrets)), ...(await admin.read(parameters))]);
    return { found, findings: [finding] };
  }
}

function examine(
  { environment }: SecretsTarget,
  admin: SecretAdmin,
  { secret, name }: WantedSecret,
  found: FoundSecret | undefined,
  names: readonly string[],
): readonly Finding[] {
  const demanded = new Set(
    secret.fills
      .filter(({ required }) => required === true || (required === "outside-dev" && !environment.development))
      .map(({ variable }) => variable),
  );
  const asFinding = ({ fault, message, mend, variables }: SecretProblem): Finding => {
    const text = `${variables.join(", ")}: ${message}`;
    const stops = variables.some((variable) => demanded.has(variable));
    return (stops ? failed : warning)(name, text, fault === "not_found" ? `${mend}${similar(name, names)}` : mend);
  };
  if (found === undefined) return [];
  if (found.problem !== undefined) return [asFinding(found.problem)];
  const origin = { name, region: admin.region, environment: admin.environment };
  const { values, problems } = readSecret(secret, origin, found.text);
  const filled = Object.keys(values);
  return [
    ...problems.map(asFinding),
    ...(filled.length === 0 ? [] : [ok(name, `fills ${filled.join(", ")}`)]),
    ...odd(name, values, admin.environment),
    ...undeclared(
      name,
      secret.fills.map(({ key }) => key ?? ""),
      secret.shape === "json" ? found.text : "{}",
    ),
  ];
}

function odd(name: string, values: Readonly<Record<string, string>>, environment: string): readonly Finding[] {
  const around = Object.entries(values).filter(([, value]) => value.trim() !== value);
  if (around.length === 0) return [];
  const which = around.map(([variable]) => variable).join(", ");
  const mend = `If that was not meant, push it again: aloft secrets push .env --env ${environment}`;
  return [warning(name, `${which}: there is a space or line break at its beginning or end`, mend)];
}

function undeclared(name: string, keys: readonly string[], text: string): readonly Finding[] {
  const more = Object.keys(parseObject(text) ?? {}).filter((key) => !keys.includes(key));
  if (more.length === 0) return [];
  return [ok(name, `has keys that no variable is declared for: ${more.join(", ")}`)];
}

/** A name that somebody may have meant: the same letters and digits, or the same last part. */
function similar(name: string, names: readonly string[]): string {
  const plain = (text: string): string => text.replace(/[^a-z0-9]/gi, "").toLowerCase();
  const last = (text: string): string => text.split("/").at(-1) ?? "";
  const found =
    names.find((other) => plain(other) === plain(name)) ?? names.find((other) => last(other) === last(name));
  return found === undefined ? "" : ` There is "${found}": is it that one?`;
}
