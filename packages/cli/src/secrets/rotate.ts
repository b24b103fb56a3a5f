import { randomBytes } from "node:crypto";
import type { Filled, Generate } from "@aloft/core/secrets/define-secrets";
import { CliError, usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { closest } from "../suggest.ts";
import { confirm } from "../confirm.ts";
import { planPush } from "./plan-push.ts";
import { type SecretsTarget, secretsTarget, type TargetOptions } from "./target.ts";

export interface RotateOptions extends TargetOptions {
  /** A variable, the secret's name in AWS, or its name in the manifest. */
  readonly name: string;
  readonly yes: boolean;
}

export interface Rotated {
  readonly environment: string;
  readonly region: string;
  readonly secret: string;
  readonly variable: string;
  readonly rotated: boolean;
  /** Whether there was a value before: it stays as AWSPREVIOUS. */
  readonly replaced: boolean;
  readonly readers: readonly string[];
}

/** Stores a new random value. @throws {CliError} the name is unknown, or says nothing of how it may be generated. */
export async function rotateSecret(io: Io, options: RotateOptions): Promise<Rotated> {
  const target = await secretsTarget(io, options);
  const { one, fill, generate } = choose(target, options.name);
  const admin = await target.open();
  const { encoding, bytes } = generate;
  const values = { [fill.variable]: randomBytes(bytes).toString(encoding) };
  const { writes, differences } = planPush([one], await admin.read([one]), values);
  const [write] = writes;
  const result = {
    environment: admin.environment,
    region: admin.region,
    secret: one.name,
    variable: fill.variable,
    replaced: differences.some(({ variable, before }) => variable === fill.variable && before !== undefined),
    readers: one.secret.readers,
  };
  const question =
    `Give ${fill.variable} (${one.name}, in ${admin.region}) a new value? ${one.secret.description}`.trim();
  if (write === undefined || !(await confirm(io, question, options.yes))) return { ...result, rotated: false };
  await admin.write(one, write.text, write.expected);
  return { ...result, rotated: true };
}

function choose({ wanted }: SecretsTarget, name: string) {
  const all = wanted.flatMap((one) => one.secret.fills.map((fill) => ({ one, fill })));
  const named = all.filter(({ one, fill }) => [fill.variable, one.name, one.secret.id].includes(name));
  if (named.length === 0) {
    const meant = closest(
      name,
      all.map(({ fill }) => fill.variable),
    );
    const hint = meant === undefined ? "aloft secrets list shows what there is." : `Did you mean "${meant}"?`;
    throw usageError("unknown_secret", `The manifest has no "${name}". ${hint}`);
  }
  const able = named.filter(
    (one): one is typeof one & { fill: Filled & { generate: Generate } } => one.fill.generate !== undefined,
  );
  const [first, ...more] = able;
  if (first === undefined) {
    const why = "is given out by somebody else: ask there for a new one, put it into .env, and run";
    throw new CliError("not_generated", `"${name}" ${why}: aloft secrets push .env --env <name>`);
  }
  if (more.length > 0) {
    const variables = able.map(({ fill }) => fill.variable).join(", ");
    throw usageError("ambiguous_secret", `"${name}" has several that can be generated. Name one: ${variables}.`);
  }
  return { ...first, generate: first.fill.generate };
}
