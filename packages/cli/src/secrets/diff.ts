import type { Io } from "../io.ts";
import { readFileOrFail } from "./push.ts";
import { readTarget } from "./read-target.ts";
import type { ShownDifference } from "./show.ts";
import { secretsTarget, type TargetOptions } from "./target.ts";

export interface DiffOptions extends TargetOptions {
  readonly file: string;
  /** Another environment to compare with, in place of the file. */
  readonly with: string | undefined;
}

export interface Diffed {
  readonly left: string;
  readonly right: string;
  readonly equal: boolean;
  /** `new`: only the right has it; `kept`: only the left has it. */
  readonly differences: readonly ShownDifference[];
  /** What could not be compared. */
  readonly problems: readonly string[];
}

/** Compares an environment (left) with a file or another environment (right), variable by variable. */
export async function diffSecrets(io: Io, options: DiffOptions): Promise<Diffed> {
  const target = await secretsTarget(io, options);
  const left = await readTarget(target, await target.open());
  const right = await rightSide(io, options);
  const keyOf = new Map(
    target.wanted.flatMap(({ secret, name }) => secret.fills.map(({ key, variable }) => [variable, { name, key }])),
  );
  const differences = target.manifest.variables.flatMap((variable): readonly ShownDifference[] => {
    const [before, after] = [left.values[variable], right.values[variable] || undefined];
    if (before === undefined && after === undefined) return [];
    const status = before === undefined ? "new" : after === undefined ? "kept" : before === after ? "same" : "changed";
    const { name = "", key } = keyOf.get(variable) ?? {};
    return [{ variable, name, key, status, before, after }];
  });
  return {
    left: target.environment.name,
    right: right.name,
    equal: differences.every(({ status }) => status === "same"),
    differences,
    problems: [...left.problems, ...right.problems]
      .filter(({ fault }) => fault !== "not_found" && fault !== "key_missing" && fault !== "empty")
      .map(({ message, mend }) => `${message} ${mend}`),
  };
}

async function rightSide(io: Io, options: DiffOptions) {
  if (options.with === undefined)
    return { name: options.file, values: readFileOrFail(options.file, "diff"), problems: [] };
  const target = await secretsTarget(io, { ...options, env: options.with });
  return { name: target.environment.name, ...(await readTarget(target, await target.open())) };
}
