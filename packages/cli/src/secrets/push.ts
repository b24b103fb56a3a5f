import { readEnvFile } from "@aloft/adapters/secrets/env-files";
import type { SecretAdmin } from "@aloft/adapters/secrets/secret-admin";
import { SecretsError } from "@aloft/core/secrets/problems";
import { CliError } from "../errors.ts";
import { type Io, painter } from "../io.ts";
import { confirm } from "../confirm.ts";
import { type Difference, planPush, type Write } from "./plan-push.ts";
import { differenceLines, maskFor } from "./show.ts";
import { secretsTarget, type TargetOptions } from "./target.ts";

export interface PushOptions extends TargetOptions {
  readonly file: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly showValues: boolean | undefined;
  readonly json: boolean | undefined;
}

export interface Pushed {
  readonly environment: string;
  readonly region: string;
  readonly written: readonly string[];
  readonly differences: readonly Pick<Difference, "variable" | "name" | "key" | "status">[];
  /** Variables of the file that the manifest does not declare. */
  readonly notDeclared: readonly string[];
  readonly confirmed: boolean;
}

const words = { new: "new", changed: "changes", same: "same", kept: "not in the file, stays" } as const;

/** Brings a file's values to AWS: shows the difference, asks, writes what differs. @throws {CliError} no such file. */
export async function pushSecrets(io: Io, options: PushOptions): Promise<Pushed> {
  const values = readFileOrFail(options.file, "push");
  const target = await secretsTarget(io, options);
  const mask = maskFor(io, options.showValues, options.json);
  const admin = await target.open();
  const plan = planPush(target.wanted, await admin.read(target.wanted), values);
  const declared = new Set<string>(target.manifest.variables);
  const notDeclared = Object.keys(values).filter((name) => !declared.has(name));
  const result = {
    environment: admin.environment,
    region: admin.region,
    differences: plan.differences.map(({ variable, name, key, status }) => ({ variable, name, key, status })),
    notDeclared,
  };
  const paint = painter(io.err, io.env);
  const say = (text: string): void => void (options.json === true || io.err.write(`${text}\n`));
  say(paint("bold", `${options.file} → ${admin.environment}, in ${admin.region}`));
  for (const line of differenceLines(plan.differences, words, mask, paint)) say(line);
  if (notDeclared.length > 0) say(`  Not declared in the manifest, so not pushed: ${notDeclared.join(", ")}`);
  if (plan.writes.length === 0) {
    say("Nothing differs: nothing to write.");
    return { ...result, written: [], confirmed: true };
  }
  const names = plan.writes.map(({ one }) => one.name);
  if (options.dryRun) return { ...result, written: [], confirmed: false };
  const question = `Write ${names.join(", ")}?`;
  if (!(await confirm(io, question, options.yes))) return { ...result, written: [], confirmed: false };
  await writeAll(admin, plan.writes);
  return { ...result, written: names, confirmed: true };
}

/** @throws {SecretsError} what failed, and what was written before it. */
async function writeAll(admin: SecretAdmin, writes: readonly Write[]): Promise<void> {
  const written: string[] = [];
  for (const { one, text, expected } of writes) {
    try {
      await admin.write(one, text, expected);
      written.push(one.name);
    } catch (error) {
      if (!(error instanceof SecretsError) || written.length === 0) throw error;
      throw new SecretsError(`Only ${written.join(", ")} could be written.`, error.problems);
    }
  }
}

/** @throws {CliError} there is no such file. */
export function readFileOrFail(file: string, command: "push" | "diff"): Readonly<Record<string, string>> {
  const values = readEnvFile(file);
  if (values !== undefined) return values;
  throw new CliError(
    "file_not_found",
    `There is no file ${file}. Name another: aloft secrets ${command} <file> --env <name>`,
  );
}
