import { parseEnv } from "node:util";
import { formatEnvFile } from "@aloft/adapters/secrets/env-files";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/);
const odd = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', "`", "#", "$", "\n", "\\", " ", "=", "\\n", "${A}", "\t", "export ", "é", "💡"),
    fc.string({ minLength: 1, maxLength: 3 }),
  ),
  maxLength: 30,
});

test("[secrets.env-file.round-trip] whatever a .env file can hold is read back, and the rest is refused by its name", () => {
  let held = 0;
  fc.assert(
    fc.property(fc.dictionary(name, odd, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), (values) => {
      try {
        expect(parseEnv(formatEnvFile(values))).toEqual(values);
        held += 1;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "invalid")) throw error;
        const impossible = (text: string) =>
          text.includes("\r") ||
          (["'", "`"].every((quote) => text.includes(quote)) && (text.includes('"') || text.includes("\\n")));
        const named = Object.entries(values).filter(([variable]) =>
          error.message.split(/around: |, |\.$/).includes(variable),
        );
        expect(named.length).toBeGreaterThan(0);
        expect(named.filter(([, text]) => !impossible(text))).toEqual([]);
        for (const [, text] of named) if (text.length > 3) expect(error.message).not.toContain(text);
      }
    }),
    { numRuns: 3000 },
  );
  expect(held).toBeGreaterThan(1500);
});

test.each([
  ["multiline", "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n"],
  ["quotes", `it's "quoted"`],
  ["a comment's sign", "before # after"],
  ["a dollar", "pa$$word ${HOME} $(id)"],
  ["JSON", '{"a":"b","c":[1,"it\'s"]}'],
  ["backslashes", String.raw`C:\new\table`],
  ["spaces", "  around  "],
  ["nothing", ""],
])("[secrets.env-file.round-trip] %s", (_, value) => {
  expect(parseEnv(formatEnvFile({ BEFORE: "1", VALUE: value, AFTER: "2" }))).toEqual({
    BEFORE: "1",
    VALUE: value,
    AFTER: "2",
  });
});
