import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../..", import.meta.url).pathname;

const base = 'name: "chat", topology: "solo"';
const relational = 'name: "chat", topology: "relational"';
const accepted = [
  `{ ${base}, environments: { dev: {} } }`,
  `{ ${base}, environments: { dev: {}, production: { region: "eu-west-1", network: { egress: "nat-gateway" } } } }`,
  `{ ${base}, environments: { production: { service: { scaling: { minTasks: 2 } }, waf: false } } }`,
  `{ ${base}, repository: { owner: "a", name: "b" }, environments: { dev: {}, staging: { repository: { oidcProvider: "existing" } } } }`,
  `{ ${relational}, database: { engine: "aurora-serverless-v2", minAcu: 0 }, environments: { dev: {} } }`,
  `{ ${relational}, environments: { dev: {}, production: { database: { engine: "rds", multiAz: true } } } }`,
  `{ ${relational}, secrets: manifestFromJson({}), service: { image: { dockerfile: "Dockerfile" } }, environments: { dev: {} } }`,
  '{ name: "chat", topology: "library", secrets: defineSecrets({}), environments: { dev: {} } }',
];
const refused = [
  // Options of another topology.
  `{ ${base}, database: { engine: "rds" }, environments: { dev: {} } }`,
  `{ ${base}, environments: { dev: { database: { engine: "rds" } } } }`,
  '{ name: "chat", topology: "library", secrets: defineSecrets({}), service: { port: 1 }, environments: { dev: {} } }',
  '{ name: "chat", topology: "library", environments: { dev: {} } }',
  // Options that exclude each other.
  `{ ${relational}, database: { engine: "rds", minAcu: 1 }, environments: { dev: {} } }`,
  `{ ${relational}, database: { engine: "aurora-serverless-v2", instanceClass: "t4g.micro" }, environments: { dev: {} } }`,
  `{ ${base}, domain: { name: "a.example.com", dns: { provider: "external", hostedZoneId: "Z1" } }, environments: { dev: {} } }`,
  // What does not exist.
  `{ ${base}, environments: { prod: {} } }`,
  `{ ${base}, regoin: "eu-west-1", environments: { dev: {} } }`,
  `{ ${base}, network: { egress: "nat" }, environments: { dev: {} } }`,
  `{ ${base}, service: { cpu: 300 }, environments: { dev: {} } }`,
  '{ name: "chat", topology: "fleet", environments: { dev: {} } }',
  // What differs in no environment.
  `{ ${base}, environments: { dev: { topology: "solo" } } }`,
  `{ ${base} }`,
];

test("[landing.docs.types] an editor takes what is right, and marks what is wrong", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "aloft-types-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const cases = [...accepted, ...refused].map((one) => `defineApp(${one});`);
    const head = 'import { defineApp, defineSecrets, manifestFromJson } from "@aloft/infra";';
    writeFileSync(join(folder, "cases.ts"), [head, ...cases, ""].join("\n"));
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "esnext.disposable", "dom"],
      types: [],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      customConditions: ["aloft-source"],
    };
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["cases.ts"] }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    const lines = [...stdout.matchAll(/^cases\.ts\((\d+),/gm)].map(([, line]) => Number(line));
    const wrong = [...new Set(lines)].map((line) => cases[line - 2] ?? `line ${line}`);
    expect(wrong, stdout).toEqual(refused.map((one) => `defineApp(${one});`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
