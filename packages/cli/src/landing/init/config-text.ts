import { defineSecrets, type SecretDeclaration } from "@aloft/core/secrets/define-secrets";
import type { Answers } from "./answers.ts";
import type { ManifestFile, Surroundings } from "./surroundings.ts";

type Options = Readonly<Record<string, unknown>>;

/** A configuration as values, without the secrets, which are another file's. */
export function optionsOf(answers: Answers, found: Surroundings): Options {
  const { topology, name, region, account, repository, alarmsEmail: email, budgetUsd } = answers;
  return {
    name,
    topology,
    ...(region === "us-east-1" ? {} : { region }),
    ...(typeof account === "string" ? { account } : {}),
    ...programOf(answers, found),
    ...(repository === undefined ? {} : { repository }),
    ...(email === undefined || topology === "library" ? {} : { alarms: { emails: [email] } }),
    ...(email === undefined || budgetUsd === undefined ? {} : { budget: { monthlyUsd: budgetUsd, emails: [email] } }),
    environments: environmentsOf(answers),
  };
}

function programOf({ topology, program }: Answers, { port }: Surroundings): Options {
  if (topology === "library") return {};
  if (program === "aloft") return topology === "relational" ? { service: { image: "aloft" } } : {};
  const listens = port === undefined || port === 3000 ? {} : { port };
  return {
    service: { image: { dockerfile: "Dockerfile" }, ...listens },
    // The program's own migrations, by what its image has anyway.
    migrate: ["aloft", "exec", "--migrate", "--", "true"],
  };
}

/** The domain is that of the environment nearest to its users: two distributions cannot share one. */
function environmentsOf({ environments, account, domain, repository }: Answers): Options {
  const last = environments.at(-1);
  const accountOf = (one: string): string | undefined => (typeof account === "object" ? account[one] : account);
  return Object.fromEntries(
    environments.map((one, i) => {
      const shared = environments.slice(0, i).some((before) => accountOf(before) === accountOf(one));
      const own = typeof account === "object" ? account[one] : undefined;
      return [
        one,
        {
          ...(own === undefined ? {} : { account: own }),
          // An account knows GitHub once; the environment that is deployed first makes it known.
          ...(repository !== undefined && shared ? { repository: { oidcProvider: "existing" } } : {}),
          ...(domain !== undefined && one === last ? { domain } : {}),
        },
      ];
    }),
  );
}

/** The manifest that a configuration takes its secrets from. Undefined: Aloft's server has its own. */
export function manifestFileOf(answers: Answers, found: Surroundings): ManifestFile | undefined {
  if (answers.topology !== "library" && answers.program === "aloft") return undefined;
  // A program in any language finds JSON; what is imported by a Node app is better typed.
  return found.manifest ?? (answers.topology === "library" ? "secrets.manifest.ts" : "secrets.manifest.json");
}

const importOf: Readonly<Record<ManifestFile, readonly string[]>> = {
  "secrets.manifest.ts": ['import secrets from "./secrets.manifest.ts";'],
  "secrets.manifest.mjs": ['import secrets from "./secrets.manifest.mjs";'],
  "secrets.manifest.json": ['import secrets from "./secrets.manifest.json" with { type: "json" };'],
};

/** The text of `aloft.config.ts`. */
export function configText(options: Options, manifest: ManifestFile | undefined): string {
  const json = manifest === "secrets.manifest.json";
  const given = manifest === undefined ? [] : [json ? "  secrets: manifestFromJson(secrets)," : "  secrets,"];
  const { environments, ...rest } = options;
  return [
    `import { ${json ? "defineApp, manifestFromJson" : "defineApp"} } from "@aloft/infra";`,
    ...(manifest === undefined ? [] : importOf[manifest]),
    "",
    "// Only what differs from the defaults is here. An editor lists the other options; aloft plan says what each costs.",
    "export default defineApp({",
    ...Object.entries(rest).flatMap(([key, value]) => [...commentOf(key, value), `  ${key}: ${code(value, 1)},`]),
    ...given,
    `  environments: ${block(environments as Options, 1)},`,
    "});",
    "",
  ].join("\n");
}

function commentOf(key: string, value: unknown): readonly string[] {
  if (key !== "repository") return [];
  const { owner, name, id } = value as { owner: string; name: string; id?: string };
  if (id !== undefined) return [];
  return [
    "  // If the repository was made or renamed since 2026-07-15, add ownerId and id, in quotes:",
    `  // gh api repos/${owner}/${name} --jq '.owner.id, .id'`,
  ];
}

/** A value as TypeScript, on one line if it fits. */
function code(value: unknown, depth: number): string {
  if (Array.isArray(value)) return `[${value.map((one) => code(one, depth)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, one]) => `${key}: ${code(one, depth + 1)}`);
  const line = fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  return line.length <= 90 && !line.includes("\n") ? line : block(value as Options, depth);
}

function block(value: Options, depth: number): string {
  const indent = "  ".repeat(depth);
  const fields = Object.entries(value).map(([key, one]) => `${indent}  ${key}: ${code(one, depth + 1)},\n`);
  return `{\n${fields.join("")}${indent}}`;
}

/** Names by which build tools put a variable's value into what browsers get. */
const inBrowsers = /^(?:NEXT_PUBLIC|VITE|PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|REACT_APP|GATSBY)_/;

/** What a new manifest declares: the variables that were found, or one to begin with. */
export function declarationsOf(answers: Answers, found: Surroundings): Readonly<Record<string, SecretDeclaration>> {
  // The deployment gives a program its database.
  const given = new Set(["DATABASE_URL", "DATABASE_DIRECT_URL", "PORT", "HOST", "NODE_ENV", "ALOFT_ENV"]);
  const relational = answers.topology === "relational";
  const names = found.variables
    .filter((name) => !(relational && given.has(name)) && !["PORT", "HOST"].includes(name))
    .filter((name) => !inBrowsers.test(name));
  const session = { SESSION_SECRET: { variable: "SESSION_SECRET", generate: { bytes: 32, encoding: "base64url" } } };
  const fills = names.length === 0 ? session : names;
  const name = `${answers.name}/{env}${answers.topology === "library" ? "" : "/app"}`;
  return {
    app: { name, description: `What ${answers.name} must not show`, fills, readers: ["server"] } as SecretDeclaration,
  };
}

/** The text of a new manifest. @throws {InvalidError} it could not work. */
export function manifestText(declarations: Readonly<Record<string, SecretDeclaration>>, file: ManifestFile): string {
  defineSecrets(declarations);
  if (file === "secrets.manifest.json") return `${JSON.stringify(declarations, null, 2)}\n`;
  const fields = Object.entries(declarations).map(([id, one]) => `  ${id}: ${block({ ...one }, 1)},`);
  return [
    'import { defineSecrets } from "@aloft/adapters/secrets/index";',
    "",
    "export default defineSecrets({",
    ...fields,
    "});",
    "",
  ].join("\n");
}
