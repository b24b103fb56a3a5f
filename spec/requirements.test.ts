import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { requirements } from "./requirements.ts";

const root = new URL("..", import.meta.url).pathname;
const citation = /\[([a-z0-9-]+(?:\.[a-z0-9-]+)+)\]/g;

const cited = new Map<string, string>();
const sources = globSync(["packages/*/{src,contract,test}/**/*.ts", "spec/**/*.test.ts", "test/**/*.ts"], {
  cwd: root,
});
for (const file of sources) {
  const text = readFileSync(root + file, "utf8");
  // A title begins with what it cites, after its opening quote.
  for (const [, ids = ""] of text.matchAll(/["'`]((?:\[[a-z0-9-]+(?:\.[a-z0-9-]+)+\]\s*)+)/g)) {
    for (const [, id = ""] of ids.matchAll(citation)) cited.set(id, file);
  }
}

test("[house.requirements.cited] every requirement is cited by a test", () => {
  const uncited = requirements.filter((row) => !cited.has(row.id)).map((row) => row.id);
  expect(uncited).toEqual([]);
});

test("[house.requirements.known] every citation names a requirement, and no id stands twice", () => {
  const ids = requirements.map((row) => row.id);
  expect([...cited].filter(([id]) => !ids.includes(id))).toEqual([]);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
});
