import { expect, test } from "vitest";
import { InvalidError } from "../errors.ts";
import { manifestFromJson } from "./manifest-from-json.ts";

const database = { name: "app/{env}/database", fills: { url: { variable: "DATABASE_URL", required: true } } };

test("declarations alone, or with the options of defineSecrets beside them", () => {
  expect(manifestFromJson({ database })).toMatchObject({ required: ["DATABASE_URL"], prefix: undefined });
  const whole = manifestFromJson({ secrets: { database }, prefix: "app/{env}", environmentVariables: ["APP_ENV"] });
  expect(whole).toMatchObject({ variables: ["DATABASE_URL"], prefix: "app/{env}", environmentVariables: ["APP_ENV"] });
});

test("a secret that is called secrets is one", () => {
  expect(manifestFromJson({ secrets: { name: "app", fills: "SECRET" } }).variables).toEqual(["SECRET"]);
});

test.each([
  undefined,
  null,
  [],
  "text",
  { database: { name: "app" } },
  { database: { fills: "A" } },
  { database: null },
])("%j is refused", (json) => expect(() => manifestFromJson(json)).toThrow(InvalidError));
