import { readFileSync } from "node:fs";
import { UnavailableError } from "@aloft/core/errors";
import type { PoolConfig } from "pg";

/** Whether a URL says `signIn=iam`: its user has no password, and signs in to RDS or Aurora by a token. */
export function signsInByIam(url: string): boolean {
  return URL.canParse(url) && new URL(url).searchParams.get("signIn") === "iam";
}

/**
 * How to connect, with a new token for each connection.
 * @throws {UnavailableError} the URL does not ask for a verified server: a token must not be given to anybody else.
 */
export function iamConfig(url: string): PoolConfig {
  const { hostname: host, port: given, username, pathname, searchParams } = new URL(url);
  if (searchParams.get("sslmode") !== "verify-full") {
    throw new UnavailableError(
      "With signIn=iam DATABASE_URL needs sslmode=verify-full, and sslrootcert with RDS's authorities.",
    );
  }
  const authorities = searchParams.get("sslrootcert");
  const port = Number(given || "5432");
  const user = decodeURIComponent(username);
  return {
    host,
    port,
    user,
    database: decodeURIComponent(pathname.slice(1)),
    password: () => signInToken({ host, port, user }),
    ssl: authorities === null ? true : { ca: readFileSync(authorities, "utf8") },
  };
}

export interface SignInAs {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

const tokenSeconds = 900;

/**
 * A password for 15 minutes: a signed request that is never sent. A connection outlives it.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
export async function signInToken({ host, port, user }: SignInAs): Promise<string> {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const { SignatureV4 } = await import("@smithy/signature-v4");
  // Nothing is asked of Secrets Manager: its client finds the region and the credentials as every other does.
  const { region, credentials, sha256 } = new SecretsManagerClient({}).config;
  const signer = new SignatureV4({ service: "rds-db", region, credentials, sha256 });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      port,
      path: "/",
      query: { Action: "connect", DBUser: user },
      headers: { host: `${host}:${port}` },
    },
    { expiresIn: tokenSeconds },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  return `${host}:${port}/?${query.toString().replaceAll("+", "%20")}`;
}
