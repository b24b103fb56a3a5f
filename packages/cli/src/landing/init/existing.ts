import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedApp } from "@aloft/infra/config/resolve";
import { loadAppConfig } from "../app-config.ts";
import { importConfig } from "../import-config.ts";
import type { Flags } from "./questions.ts";
import { type ManifestFile, manifestFiles, textOf } from "./surroundings.ts";

/** A configuration that is there already. */
export interface Existing {
  readonly apps: readonly [ResolvedApp, ...ResolvedApp[]];
  /** The manifest that it imports, if it is one of the usual names. */
  readonly secretsFile: ManifestFile | undefined;
}

/** @throws {CliError | AppConfigError} it cannot be used; what comes from it cannot be written before it can. */
export async function existingConfig(folder: string): Promise<Existing | undefined> {
  const file = join(folder, "aloft.config.ts");
  if (!existsSync(file)) return undefined;
  const named = Object.keys(environmentsOf(await importConfig(file)));
  const { environments } = await loadAppConfig({ config: file, env: named[0] });
  const apps = await Promise.all(environments.map(async (env) => (await loadAppConfig({ config: file, env })).app));
  const [first, ...rest] = apps;
  if (first === undefined) return undefined;
  const text = textOf(file) ?? "";
  return { apps: [first, ...rest], secretsFile: manifestFiles.find((name) => text.includes(`"./${name}"`)) };
}

function environmentsOf(config: unknown): object {
  if (typeof config !== "object" || config === null || !("environments" in config)) return {};
  return typeof config.environments === "object" && config.environments !== null ? config.environments : {};
}

interface Contradiction {
  readonly flag: string;
  readonly said: string;
  readonly has: string;
}

/** Where the command line says something else than the file. */
export function contradictions(apps: Existing["apps"], flags: Flags): readonly Contradiction[] {
  const [app] = apps;
  const last = apps.at(-1) ?? app;
  const domain = last.topology === "library" ? undefined : last.domain;
  const image = app.topology === "library" ? undefined : app.service.image;
  const alarms = app.topology === "library" ? app.budget?.emails : app.alarms.emails;
  const has: Readonly<Record<keyof Flags, string | undefined>> = {
    topology: app.topology,
    name: app.name,
    region: app.region,
    environments: apps.map(({ environment }) => environment).join(","),
    account: app.account,
    program: typeof image === "object" ? "own" : "aloft",
    domain: domain?.name,
    dns: domain?.dns.provider === "route53" ? domain.dns.hostedZoneId : domain?.dns.certificateArn,
    zone: domain?.dns.provider === "route53" ? domain.dns.zoneName : undefined,
    repository: app.repository === undefined ? undefined : `${app.repository.owner}/${app.repository.name}`,
    "repository-ids": app.repository?.id === undefined ? undefined : `${app.repository.ownerId}/${app.repository.id}`,
    branch: app.repository?.branch,
    "alarms-email": alarms?.[0],
    budget: app.budget === undefined ? undefined : String(app.budget.monthlyUsd),
  };
  return Object.entries(flags).flatMap(([flag, said]) => {
    const there = has[flag as keyof Flags];
    if (said === undefined || same(flag, said, there)) return [];
    // Which account belongs to which environment is not told apart here.
    if (flag === "account" && said.includes("=")) return [];
    return [{ flag, said, has: there ?? "none" }];
  });
}

function same(flag: string, said: string, there: string | undefined): boolean {
  if (there === undefined) return said === "";
  if (flag === "environments") return sorted(said) === sorted(there);
  return flag === "budget" ? Number(said) === Number(there) : said === there;
}

function sorted(list: string): string {
  return list
    .split(/[\s,]+/)
    .toSorted()
    .join(",");
}
