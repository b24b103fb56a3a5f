import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { root, runChild } from "./support/child.ts";

vi.setConfig({ testTimeout: 90_000 });
const scratch = mkdtempSync(join(tmpdir(), "aloft-runner-"));
afterAll(() => rmSync(scratch, { recursive: true }));
symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
writeFileSync(
  join(scratch, "vitest.config.mjs"),
  `export default { test: { include: ["*.test.ts"], pool: "forks" } };`,
);

const imports = `
import { beforeAll, describe, expect, test } from "vitest";
import { available } from ${JSON.stringify(join(root, "test/support/skip.ts"))};
`;

const files = {
  "passes.test.ts": `test("one", () => {}); test("two", () => {});`,
  "lacks.test.ts": `
    const here = await available("the moon", () => { throw new Error("it is not on this machine"); });
    describe.runIf(here)("there", () => { test("a", () => {}); test("b", () => {}); });
    test.runIf(await available("air", () => true))("breathes", () => {});`,
  "says-why.test.ts": `test("gives up", (context) => context.skip("only at night"));`,
  "is-silent.test.ts": `test.skip("nobody knows why", () => {});`,
  "fails.test.ts": `test("no", () => expect(1).toBe(2)); test("yes", () => {});`,
  "falls-over.test.ts": `throw new Error("before any test");`,
  "cannot-begin.test.ts": `
    describe("all of it", () => {
      beforeAll(() => { throw new Error("no"); });
      test("a", () => {}); test("b", () => {});
    });`,
  "leaks.test.ts": `test("ends, and then throws", () => { setTimeout(() => { throw new Error("late"); }, 0); });`,
};

/** `npm test` over these files alone. */
async function runTests(
  names: readonly (keyof typeof files)[],
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
) {
  for (const name of names) writeFileSync(join(scratch, name), imports + files[name]);
  const args = [join(root, "scripts/test.mjs"), "--root", scratch, "--config", join(scratch, "vitest.config.mjs")];
  await using child = runChild(process.execPath, [...args, ...more], { env });
  const { code, stdout } = await child.ended;
  for (const name of names) rmSync(join(scratch, name));
  const lines = stdout.trimEnd().split("\n");
  return { code, summary: lines.at(-1), said: lines.filter((line) => /^(SKIPPED|FAILED) /.test(line)) };
}

test("[house.tests.skips] ends with what was skipped and why, and the counts", async () => {
  expect(await runTests(["passes.test.ts", "lacks.test.ts", "says-why.test.ts"])).toEqual({
    code: 0,
    summary: "3 passed, 0 failed, 3 skipped",
    said: ["SKIPPED the moon: it is not on this machine", "SKIPPED gives up: only at night"],
  });
  expect(await runTests(["passes.test.ts"])).toEqual({ code: 0, summary: "2 passed, 0 failed", said: [] });
});

test("[house.tests.skips] with REQUIRE_ADAPTERS=all what is lacking is a failure", async () => {
  const { code, summary } = await runTests(["passes.test.ts", "lacks.test.ts"], { REQUIRE_ADAPTERS: "all" });
  expect({ code, summary }).toEqual({ code: 1, summary: "2 passed, 1 failed" });
  const noted = await runTests(["passes.test.ts", "says-why.test.ts"], { REQUIRE_ADAPTERS: "all" });
  expect(noted).toMatchObject({ code: 1, summary: "2 passed, 1 failed" });
  expect(noted.said).toEqual([expect.stringContaining("gives up: skipped, only at night")]);
});

test("[house.tests.skips] a skip without a reason is a failure, unless the run was told to leave tests out", async () => {
  expect(await runTests(["passes.test.ts", "is-silent.test.ts"])).toEqual({
    code: 1,
    summary: "2 passed, 1 failed",
    said: [expect.stringMatching(/^FAILED .*is-silent\.test\.ts > nobody knows why: skipped, without a reason$/)],
  });
  const filtered = await runTests(["passes.test.ts"], {}, ["-t", "one"]);
  expect(filtered).toEqual({ code: 0, summary: "1 passed, 0 failed, 1 skipped", said: [] });
});

test("[house.tests.skips] what fails is counted: a test, a file that falls over, an error after the end", async () => {
  expect(await runTests(["passes.test.ts", "fails.test.ts"])).toMatchObject({ code: 1, summary: "3 passed, 1 failed" });
  expect(await runTests(["passes.test.ts", "falls-over.test.ts"])).toMatchObject({
    code: 1,
    summary: "2 passed, 1 failed",
  });
  expect(await runTests(["passes.test.ts", "cannot-begin.test.ts"])).toEqual({
    code: 1,
    summary: "2 passed, 1 failed, 2 skipped",
    said: [],
  });
  expect(await runTests(["leaks.test.ts"])).toMatchObject({ code: 1, summary: "1 passed, 1 failed" });
});
