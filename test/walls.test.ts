import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "./support/child.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-walls-"));
afterAll(() => rmSync(scratch, { recursive: true }));
copyFileSync(join(root, ".oxlintrc.json"), join(scratch, ".oxlintrc.json"));

/** What the linter, with the house's rules, says of one file that stands at this path. */
function lint(path: string, source: string): { readonly refused: boolean; readonly output: string } {
  const file = join(scratch, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const args = ["--deny-warnings", path];
  const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/oxlint"), args, {
    cwd: scratch,
    encoding: "utf8",
  });
  rmSync(file);
  const output = stdout + stderr;
  // A linter that fell over, or saw no file, has refused nothing.
  expect(output).toMatch(/on 1 file/);
  return { refused: status !== 0 && output.includes("no-restricted-imports"), output };
}

const importing = (module: string) => `import * as x from "${module}";\nexport const y: unknown = x;\n`;

describe("against the direction", () => {
  test.each([
    ["packages/core/src/x.ts", "@aloft/adapters/store/index"],
    ["packages/core/src/x.ts", "@aloft/server"],
    ["packages/core/src/x.ts", "node:fs"],
    ["packages/core/src/x.ts", "fastify"],
    ["packages/core/src/deep/down/x.ts", "@ai-sdk/openai"],
    ["packages/core/src/x.ts", "@ai-sdk/openai/internal"],
    ["packages/adapters/src/x.ts", "@aloft/server/services"],
    ["packages/adapters/src/x.ts", "@aloft/cli"],
    ["packages/adapters/src/x.ts", "fastify"],
    ["packages/server/src/routes/x.ts", "@aloft/adapters/store/sqlite"],
    ["packages/server/src/http/x.ts", "@aloft/cli"],
    ["packages/server/src/http/x.ts", "@aloft/adapters"],
    ["packages/server/src/x.ts", "node:sqlite"],
    ["packages/server/src/x.ts", "@aws-sdk/client-s3"],
    ["packages/server/src/x.ts", "@ai-sdk/anthropic"],
    ["packages/infra/src/x.ts", "@aloft/server"],
    ["packages/infra/src/x.ts", "@aloft/adapters/store/dynamodb"],
    ["packages/infra/src/deploying/x.ts", "@aloft/adapters/blobs/s3"],
    ["packages/cli/src/x.ts", "aws-cdk-lib/aws-s3"],
    ["packages/cli/src/x.ts", "@aws-cdk/toolkit-lib"],
    ["packages/cli/src/x.ts", "@aloft/console/src/main"],
    ["packages/cli/src/x.ts", "node:sqlite"],
    ["packages/console/src/x.ts", "@aloft/core/context"],
    ["packages/console/src/x.tsx", "@aloft/server"],
  ])("[house.walls] %s may not import %s", (path, module) => {
    const { refused, output } = lint(path, importing(module));
    expect(refused, output).toBe(true);
  });

  test.each([
    ["packages/core/src/x.ts", "../../adapters/src/store/index.ts"],
    ["packages/server/src/x.ts", "../../adapters/src/store/sqlite.ts"],
    ["packages/console/src/x.ts", "../../core/src/context.ts"],
  ])("[house.walls] %s may not go around it by %s", (path, module) => {
    const { refused, output } = lint(path, importing(module));
    expect(refused, output).toBe(true);
  });
});

describe("along the direction", () => {
  test.each([
    ["packages/adapters/src/x.ts", "@aloft/core/errors"],
    ["packages/adapters/src/x.ts", "node:sqlite"],
    ["packages/server/src/x.ts", "@aloft/core/errors"],
    ["packages/server/src/compose.ts", "@aloft/adapters/store/index"],
    ["packages/infra/src/x.ts", "@aloft/adapters/needs/dynamodb"],
    ["packages/cli/src/x.ts", "@aloft/server"],
    ["packages/cli/src/x.ts", "@aloft/infra/synthesize"],
    ["packages/cli/src/x.ts", "@aloft/adapters/store/lock"],
    ["packages/core/src/x.test.ts", "@aloft/adapters/store/sqlite"],
  ])("[house.walls] %s may import %s", (path, module) => {
    const { refused, output } = lint(path, importing(module));
    expect(refused, output).toBe(false);
  });
});

describe("dynamic imports, which the linter's rule does not see", () => {
  interface Override {
    readonly files: readonly string[];
    readonly excludeFiles?: readonly string[];
    readonly rules: {
      readonly "no-restricted-imports"?: readonly [string, { readonly patterns: { regex: string }[] }];
    };
  }
  const { overrides } = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as { overrides: Override[] };
  const walls = overrides.filter(({ rules }) => rules["no-restricted-imports"] !== undefined);

  test("[house.walls] every package has its wall", () => {
    const fenced = ["core", "adapters", "infra", "server", "cli", "console"].map((name) => `packages/${name}/src/**`);
    expect(walls.flatMap(({ files }) => files)).toEqual(expect.arrayContaining(fenced));
  });

  test.each(walls)("[house.walls] keep to the direction in $files", ({ files, excludeFiles, rules }) => {
    const patterns = rules["no-restricted-imports"]?.[1].patterns.map(({ regex }) => new RegExp(regex)) ?? [];
    const sources = globSync(
      [...files].map((pattern) => `${pattern}/*.{ts,tsx}`),
      { cwd: root, exclude: [...(excludeFiles ?? [])] },
    );
    expect(sources.length).toBeGreaterThan(0);
    const broken = sources.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]/g)]
        .map(([, module]) => module ?? "")
        .filter((module) => patterns.some((pattern) => pattern.test(module)))
        .map((module) => `${file}: ${module}`),
    );
    expect(broken).toEqual([]);
  });
});
