import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { plainEnv, root } from "./support/child.ts";
import { available } from "./support/skip.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-pack-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const project = join(scratch, "project");
const minutes = 60_000;

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, env: plainEnv(), encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** As the workspace has it: what `npm ci` just put into npm's cache, so that no network is needed. */
function locked(name: string): string {
  return `${name}@${JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version}`;
}

const install = (...packages: string[]): string =>
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages], project);

const registry = await available("packages of others (npm's cache, or its registry)", () => {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "blank", private: true, type: "module" }));
  install(locked("zod"), locked("typescript"), locked("@types/node"));
});

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function pack(name: string): Packed & { readonly manifest: { exports: Record<string, Record<string, string>> } } {
  const folder = join(root, "packages", name);
  // npm 10 and 11 answer with a list, later ones with an object by name.
  const answer: unknown = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", scratch], folder));
  const [packed] = Object.values(answer as Record<string, Packed>);
  if (packed === undefined) throw new Error(`npm pack said nothing of ${name}`);
  return { ...packed, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) };
}

const program = `
import { z } from "zod";
import { ConflictError, defineTable, type Stored } from "@aloft/core";
import { op } from "@aloft/core/ports/store";
import { sqliteStore } from "@aloft/adapters/store/sqlite";

const notes = defineTable("notes", {
  item: z.object({ id: z.string(), owner: z.string(), at: z.string(), text: z.string(), likes: z.number().optional() }),
  key: ["id"],
  unique: { text: ["text"] },
  indexes: { byOwner: { partition: ["owner"], sort: ["at"] } },
});

await using store = await sqliteStore({ path: process.argv[2] ?? "", tables: [notes], schemaVersion: 1 });
const first: Stored<typeof notes> = await store.create(notes, { id: "1", owner: "ada", at: "1", text: "one" });
await store.transact([
  op.create(notes, { id: "2", owner: "ada", at: "2", text: "two" }),
  op.update(notes, { id: "1" }, { add: { likes: 3 } }, { if: { version: first.version } }),
]);
const refused = await store.create(notes, { id: "3", owner: "bob", at: "3", text: "two" }).catch((e: unknown) => e);
const page = await store.query(notes, { index: "byOwner", where: { owner: "ada" }, order: "desc" });
console.log(JSON.stringify({
  page: page.items.map(({ id, likes = 0, version }) => [id, likes, version]),
  refused: refused instanceof ConflictError && refused.reason,
}));

export async function wrong(): Promise<void> {
  // @ts-expect-error a key that is not declared
  await store.get(notes, { name: "1" });
  // @ts-expect-error an attribute that is not declared
  await store.create(notes, { id: "4", owner: "ada", at: "4", text: "four", color: "red" });
  // @ts-expect-error an index that is not declared
  await store.query(notes, { index: "byColor", where: { owner: "ada" } });
  // @ts-expect-error a number where a string is declared
  await store.update(notes, { id: "1" }, { set: { text: 5 } });
}
`;

const compilerOptions = { module: "nodenext", target: "es2024", lib: ["es2024", "esnext.disposable"], types: ["node"] };

describe.runIf(registry)("core and adapters from npm pack", () => {
  const tarballs = new Map<string, ReturnType<typeof pack>>();

  test(
    "[house.pack] JavaScript and types are in the package; sources and tests are not",
    { timeout: 2 * minutes },
    () => {
      run(
        process.execPath,
        [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/core", "packages/adapters"],
        root,
      );
      for (const name of ["core", "adapters"]) {
        const packed = pack(name);
        tarballs.set(name, packed);
        const paths = packed.files.map(({ path }) => path);
        expect(paths.filter((path) => /\.test\.|testing[./]|tsbuildinfo|^src\/|^contract\//.test(path))).toEqual([]);
        for (const [entry, targets] of Object.entries(packed.manifest.exports)) {
          for (const kind of ["types", "default"]) {
            const target = targets[kind]?.replace("./", "") ?? "";
            const [before = "", after] = target.split("*");
            const found = paths.filter((path) => path.startsWith(before) && path.endsWith(after ?? before));
            expect(found, `${name} exports ${entry} as ${target}`).not.toEqual([]);
          }
        }
      }
    },
  );

  test("[house.pack] a program in a blank project compiles against them and runs", { timeout: 3 * minutes }, () => {
    // One after the other: what adapters needs of core is then there, and nobody's registry is asked for it.
    for (const { filename } of tarballs.values()) install(join(scratch, filename));
    expect(existsSync(join(project, "node_modules/@aloft/core/src"))).toBe(false);
    writeFileSync(join(project, "app.ts"), program);
    const options = { ...compilerOptions, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["app.ts"] }));
    run(process.execPath, ["node_modules/typescript/bin/tsc"], project);
    const output = run(process.execPath, ["app.js", join(scratch, "notes.db")], project);
    expect(JSON.parse(output)).toEqual({
      page: [
        ["2", 0, 1],
        ["1", 3, 2],
      ],
      refused: "unique",
    });
  });
});
