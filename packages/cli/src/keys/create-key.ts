import { type Scope, scopes as allScopes } from "@aloft/core/context";
import { createApiKey, type NewApiKey } from "@aloft/core/identity/api-keys";
import { actAs, findUser, openData } from "../data-folder.ts";
import { usageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { closest } from "../suggest.ts";
import { presentKey, type PresentedKey } from "./present-key.ts";

const defaultDays = 90;
const maxDays = 3650;

export interface KeyOptions {
  readonly name: string;
  readonly scopes: string | undefined;
  readonly expiresIn: string | undefined;
}

/** @throws {CliError} with exit code 2, naming the option that is wrong. */
export function parseKeyOptions({ name, scopes, expiresIn }: KeyOptions): NewApiKey {
  return { name: checkName(name), scopes: parseScopes(scopes), expiresInDays: parseDays(expiresIn) };
}

export async function createKey(
  io: Io,
  where: { readonly data: string | undefined; readonly user: string | undefined },
  options: NewApiKey,
): Promise<PresentedKey & { readonly key: string }> {
  await using store = await openData(io, where.data);
  const context = actAs(store, await findUser(store, where.user));
  const created = await createApiKey(context, options);
  return { ...presentKey(created), key: created.key };
}

function checkName(given: string): string {
  const name = given.trim();
  if (name.length >= 1 && name.length <= 120 && !/\p{Cc}/u.test(name)) return name;
  throw usageError("invalid_value", "--name has 1 to 120 characters, on one line.");
}

function parseScopes(given: string | undefined): readonly Scope[] {
  if (given === undefined || given === "all") return allScopes;
  return given.split(",").map((part) => {
    const word = part.trim();
    const scope = allScopes.find((candidate) => candidate === word);
    if (scope !== undefined) return scope;
    const meant = closest(word, allScopes);
    const hint = meant === undefined ? `There are: ${allScopes.join(", ")}.` : `Did you mean "${meant}"?`;
    throw usageError("invalid_value", `--scopes knows no "${word}". ${hint}`);
  });
}

const daysOf: Readonly<Record<string, number>> = { h: 1 / 24, d: 1, w: 7, y: 365 };

/** Undefined: never. */
function parseDays(given: string | undefined): number | undefined {
  if (given === undefined) return defaultDays;
  if (given === "never") return undefined;
  const [, amount, unit] = /^(\d{1,5})([hdwy])$/.exec(given) ?? [];
  const days = Number(amount) * (daysOf[unit ?? ""] ?? Number.NaN);
  if (days > 0 && days <= maxDays) return days;
  throw usageError("invalid_value", `--expires-in cannot be "${given}": say 12h, 30d, 8w, up to 10y, or never.`);
}
