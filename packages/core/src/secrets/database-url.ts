/** Where PostgreSQL is, as far as the environment says; the rest is in the secret. */
export interface PostgresAddress {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly database: string | undefined;
  /** Default: `verify-full`. */
  readonly sslMode: string | undefined;
  /** A file with the authorities that are trusted. */
  readonly sslRootCertificate: string | undefined;
}

/** Either the URL, or which key the secret lacks. */
export type ComposedUrl = { readonly url: string } | { readonly lacks: string };

const defaultPort = "5432";

/**
 * The URL of a database whose user and password are kept as RDS and Aurora keep them.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
export function databaseUrl(secret: Readonly<Record<string, unknown>>, address: PostgresAddress): ComposedUrl {
  const text = (key: string): string | undefined => {
    const value = secret[key];
    return typeof value === "string" || Number.isSafeInteger(value) ? String(value) || undefined : undefined;
  };
  const user = text("username");
  const password = text("password");
  const host = address.host ?? text("host");
  const database = address.database ?? text("dbname");
  if (user === undefined) return { lacks: "username" };
  if (password === undefined) return { lacks: "password" };
  if (host === undefined) return { lacks: "host" };
  if (database === undefined) return { lacks: "dbname" };
  const settings = new URLSearchParams({ sslmode: address.sslMode ?? "verify-full" });
  if (address.sslRootCertificate !== undefined) settings.set("sslrootcert", address.sslRootCertificate);
  const who = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const where = `${host.includes(":") ? `[${host}]` : host}:${address.port ?? text("port") ?? defaultPort}`;
  // Drivers take a slash as it stands, and not every one takes it escaped.
  const rest = settings.toString().replaceAll("%2F", "/");
  return { url: `postgres://${who}@${where}/${encodeURIComponent(database)}?${rest}` };
}
