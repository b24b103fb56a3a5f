import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientConfig } from "./postgres-connection.ts";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
});
afterEach(() => vi.unstubAllEnvs());

const base = "postgres://me@db.example.com:5433/app?sslmode=verify-full&signIn=iam";

test("[landing.data.iam-token] each connection has a token of its own, for this user at this host", async () => {
  const { password, host, port, user, database, ssl } = clientConfig(base);
  expect({ host, port, user, database, ssl }).toEqual({
    host: "db.example.com",
    port: 5433,
    user: "me",
    database: "app",
    ssl: true,
  });
  const make = password as () => Promise<string>;
  const token = await make();
  expect(token).toMatch(/^db\.example\.com:5433\/\?/);
  const query = new URL(`https://${token}`).searchParams;
  expect(query.get("Action")).toBe("connect");
  expect(query.get("DBUser")).toBe("me");
  expect(query.get("X-Amz-Expires")).toBe("900");
  expect(query.get("X-Amz-Credential")).toMatch(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/rds-db\/aws4_request$/);
  expect(query.get("X-Amz-SignedHeaders")).toBe("host");
  expect(query.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
});

test("[landing.data.iam-token] it is given to a server alone whose name and authority are verified", () => {
  expect(() => clientConfig(base.replace("verify-full", "require"))).toThrow("sslmode=verify-full");
  const folder = mkdtempSync(join(tmpdir(), "aloft-iam-"));
  try {
    const file = join(folder, "authorities.pem");
    writeFileSync(file, "authorities");
    expect(clientConfig(`${base}&sslrootcert=${file}`).ssl).toEqual({ ca: "authorities" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("[landing.data.iam-token] any other URL is the driver's as it is", () => {
  const url = "postgres://me:pw@db.example.com/app";
  expect(clientConfig(url)).toMatchObject({ connectionString: url });
  expect(clientConfig(url).password).toBeUndefined();
});

test("[landing.data.authorities] a file of authorities that is not there is named, and how an image gets RDS's", () => {
  const lacking = "/nowhere/global-bundle.pem";
  const url = `postgres://me:pw@db.example.com/app?sslmode=verify-full&sslrootcert=${lacking}`;
  for (const given of [url, `${url}&signIn=iam`]) {
    expect(() => clientConfig(given)).toThrow(
      `sslrootcert of the database's URL is ${lacking}, which cannot be read. An image gets RDS's authorities by: ADD`,
    );
  }
});
