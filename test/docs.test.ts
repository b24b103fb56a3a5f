import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { knownVariables } from "../packages/server/src/config/env.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("[docs.configuration] every variable that the server reads is documented, and no other", () => {
  const documented = [...read("docs/configuration.md").matchAll(/`([A-Z][A-Z0-9_]{3,})`/g)].map(
    ([, name]) => name ?? "",
  );
  expect([...new Set(documented)].toSorted()).toEqual([...knownVariables].toSorted());
});

test("[docs.events] every kind of event is documented", () => {
  const kinds = [...read("packages/core/src/conversations/events.ts").matchAll(/type: "([a-z.]+)"/g)].map(
    ([, kind]) => kind,
  );
  const documented = read("docs/events.md");
  expect(kinds.length).toBeGreaterThan(8);
  for (const kind of [...kinds, "turn.snapshot"]) expect(documented).toContain(`\`${kind}\``);
});
