import { describe, expect, test } from "vitest";
import { InvalidError } from "../errors.ts";
import { defineSecrets } from "./define-secrets.ts";
import { productSecrets } from "./manifest.ts";
import { processManifest } from "./process-manifest.ts";
import { readSecret } from "./read-secret.ts";

const origin = { name: "chat/prod/database-user", region: "eu-central-1", environment: "prod" };
const place = { PGHOST: "db.example.com", PGDATABASE: "app" };

function read(env: Readonly<Record<string, string>>, text: string) {
  const manifest = processManifest(productSecrets, { DATABASE_SECRET: origin.name, ...env });
  const secret = manifest.secrets.find(({ name }) => name === origin.name);
  if (secret === undefined) throw new Error("DATABASE_SECRET declares a secret");
  return readSecret(secret, origin, text);
}

describe("DATABASE_SECRET", () => {
  test("[landing.data.database-url] user and password of the secret, place of the environment", () => {
    const { values, problems } = read({ ...place, PGPORT: "6432" }, '{"username":"me","password":"p/w @#%"}');
    expect(problems).toEqual([]);
    expect(values).toEqual({
      DATABASE_URL: "postgres://me:p%2Fw%20%40%23%25@db.example.com:6432/app?sslmode=verify-full",
    });
  });

  test("[landing.data.database-url] place of the secret, authorities of a file", () => {
    const text = '{"username":"me","password":"pw","host":"h.example.com","port":5433,"dbname":"d"}';
    const { values } = read({ PGSSLROOTCERT: "/etc/ssl/rds/global-bundle.pem" }, text);
    const url = "postgres://me:pw@h.example.com:5433/d?sslmode=verify-full&sslrootcert=/etc/ssl/rds/global-bundle.pem";
    expect(values).toEqual({ DATABASE_URL: url });
    expect(read({ PGSSLMODE: "disable" }, text).values["DATABASE_URL"]).toContain("sslmode=disable");
  });

  test.each([
    [place, "{}", 'has no key "username".'],
    [place, '{"username":"me"}', 'has no key "password".'],
    [place, '{"username":"me","password":""}', 'has no key "password".'],
    [{ PGDATABASE: "app" }, '{"username":"me","password":"s3cret"}', 'has no key "host", and PGHOST is not set.'],
    [{ PGHOST: "h" }, '{"username":"me","password":"s3cret"}', 'has no key "dbname", and PGDATABASE is not set.'],
    [place, "s3cret", "is not a JSON object."],
  ])("[landing.data.database-url] what is lacking is named, and nothing is quoted: %j %s", (env, text, said) => {
    const { values, problems } = read(env, text);
    expect(values).toEqual({});
    expect(problems.map(({ message }) => message).join()).toContain(said);
    expect(JSON.stringify(problems)).not.toContain("s3cret");
  });

  test("[landing.data.database-url] it takes the place of what else fills the URL", () => {
    const own = defineSecrets({ app: { name: "app/{env}", fills: ["API_KEY", "DATABASE_URL"], required: true } });
    const manifest = processManifest(own, { DATABASE_SECRET: "x", DATABASE_PROGRAM_SECRET: "y", ...place });
    expect(manifest.variables).toEqual(["API_KEY", "DATABASE_URL", "DATABASE_PROGRAM_PASSWORD"]);
    expect(manifest.required).toEqual(["API_KEY", "DATABASE_URL", "DATABASE_PROGRAM_PASSWORD"]);
    expect(manifest.secrets.map(({ name }) => name)).toEqual(["app/{env}", "x", "y"]);
    expect(processManifest(own, {})).toBe(own);
    expect(() => processManifest(own, { DATABASE_SECRET: "x", PGPORT: "many" })).toThrow(InvalidError);
  });
});

test("[landing.data.secrets-chosen] ALOFT_SECRETS: only those that are named", () => {
  const manifest = defineSecrets({
    web: { name: "web", fills: "WEB", required: true },
    job: { name: "job", fills: ["JOB", "DATABASE_URL"] },
  });
  const of = (chosen: string) => processManifest(manifest, { ALOFT_SECRETS: chosen });
  expect(of("web").variables).toEqual(["WEB"]);
  expect(of("web").required).toEqual(["WEB"]);
  expect(of("job, web").variables).toEqual(["WEB", "JOB", "DATABASE_URL"]);
  expect(of("none").variables).toEqual([]);
  expect(of("none").required).toEqual([]);
  expect(() => of("web,wob")).toThrow("ALOFT_SECRETS names wob, and the manifest has web, job.");
});
