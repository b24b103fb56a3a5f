import { InvalidError } from "@aloft/core/errors";
import { expect, test } from "vitest";
import { z } from "zod";
import { located } from "./located.ts";

test("[api.input.faults] faults that the domain finds are named by where they stand in the request", () => {
  const route = { body: z.object({ tools: z.array(z.string()) }), query: z.object({ q: z.string() }) };
  const found = located(
    new InvalidError("no", [
      { path: "tools.0", message: "a" },
      { path: "q", message: "b" },
      { path: "elsewhere", message: "c" },
    ]),
    route,
  );
  expect(found).toBeInstanceOf(InvalidError);
  expect((found as InvalidError).issues.map(({ path }) => path)).toEqual(["body.tools.0", "query.q", "elsewhere"]);
  const other = new TypeError("no");
  expect(located(other, route)).toBe(other);
});
