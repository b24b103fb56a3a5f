import { describe, expect, expectTypeOf, test } from "vitest";
import { InvalidError } from "../errors.ts";
import type { Secrets } from "../ports/secrets.ts";
import { defineSecrets, type SecretsManifest } from "./define-secrets.ts";
import { productSecrets } from "./manifest.ts";
import { environmentOf, readersOf, secretName } from "./names.ts";

describe("a manifest", () => {
  test("[secrets.manifest.types] its variables, and which are always there, are known to the type checker", () => {
    const manifest = defineSecrets({
      plain: { name: "app/plain", fills: "PLAIN", required: true },
      list: { name: "app/list", fills: ["ONE", "TWO"] },
      mapped: {
        name: "app/mapped",
        fills: { a: "A", b: { variable: "B", required: false }, c: { variable: "C", required: "outside-dev" } },
        required: true,
      },
    });
    expectTypeOf(manifest).toEqualTypeOf<SecretsManifest<"PLAIN" | "ONE" | "TWO" | "A" | "B" | "C", "PLAIN" | "A">>();
    type Values = ReturnType<Secrets<"A" | "B", "A">["current"]>;
    expectTypeOf<Values["A"]>().toEqualTypeOf<string>();
    expectTypeOf<Values["B"]>().toEqualTypeOf<string | undefined>();
    // @ts-expect-error a variable that is not declared
    expectTypeOf<Values["C"]>();
    expect(manifest.variables).toEqual(["PLAIN", "ONE", "TWO", "A", "B", "C"]);
    expect(manifest.required).toEqual(["PLAIN", "A"]);
  });

  test("[secrets.manifest.refused] that cannot work is refused, with every fault", () => {
    const wrong = () =>
      defineSecrets({
        one: { name: "app/one", fills: "SAME" },
        two: { name: "app/one", fills: { key: "SAME", other: "NOT-A-NAME" } },
        three: { name: "has spaces", fills: "THREE", generate: { bytes: 4, encoding: "hex" } },
        four: { name: "not/from/root", in: "parameter-store", fills: [] },
        five: { name: "{prefix}/five", fills: "FIVE" },
      });
    expect(wrong).toThrow(InvalidError);
    try {
      wrong();
    } catch (error) {
      const said = (error as InvalidError).issues.map(({ path, message }) => `${path}: ${message}`);
      expect(said).toEqual([
        'two: "NOT-A-NAME" cannot be a variable\'s name.',
        'three: "has spaces" cannot be a name in secrets-manager.',
        "three: THREE is generated from 16 to 1024 bytes.",
        'four: "not/from/root" cannot be a name in parameter-store.',
        "four: It fills no variable.",
        'five: "{prefix}/five" has {prefix}, and the manifest has no prefix.',
        'two: The name "app/one" in secrets-manager is already declared by one.',
        "two: SAME is already declared by one.",
      ]);
    }
  });
});

describe("names", () => {
  test("[secrets.manifest.readers] which service reads what, under the names of an environment", () => {
    const readers = readersOf(productSecrets, "prod");
    expect([...readers.keys()]).toEqual(["server", "migrate"]);
    expect(readers.get("migrate")).toEqual([{ id: "database", name: "aloft/prod/database", place: "secrets-manager" }]);
    expect(readers.get("server")?.map(({ name }) => name)).toEqual([
      "aloft/prod/auth-secret",
      "aloft/prod/llm-keys",
      "aloft/prod/database",
      "aloft/prod/oauth-google",
    ]);
    const own = readersOf(productSecrets, "prod", { ALOFT_SECRETS_PREFIX: "app" });
    expect(own.get("server")?.[0]?.name).toBe("app/auth-secret");
  });

  test.each([
    [{}, undefined, { name: "dev", development: true, variable: undefined }],
    [{ ALOFT_ENV: "development" }, undefined, { name: "dev", development: true, variable: "ALOFT_ENV" }],
    [{ ALOFT_ENV: " ", NODE_ENV: "production" }, undefined, { name: "prod", development: false, variable: "NODE_ENV" }],
    [{ ALOFT_ENV: "staging" }, undefined, { name: "staging", development: false, variable: "ALOFT_ENV" }],
    [{ ALOFT_ENV: "staging" }, "production", { name: "prod", development: false, variable: undefined }],
    [{ ALOFT_ENV: "constructor" }, undefined, { name: "constructor", development: false, variable: "ALOFT_ENV" }],
  ])("[secrets.manifest.pixell] the environment of %j with %j", (env, given, expected) => {
    expect(environmentOf(productSecrets, env, given)).toEqual(expected);
  });

  test("[secrets.manifest.a1] a1's names come of the product's manifest by its prefix alone", () => {
    const names = productSecrets.secrets.map((one) =>
      secretName(productSecrets, one, "prod", { ALOFT_SECRETS_PREFIX: "app/" }),
    );
    expect(names).toEqual(expect.arrayContaining(["app/auth-secret", "app/llm-keys", "app/oauth-google"]));
  });
});
