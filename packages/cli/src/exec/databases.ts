import type { Awaited } from "./await-ready.ts";

/** What PostgreSQL's URLs are called, also by SQLAlchemy, which puts its driver behind. */
const postgresScheme = /^postgres(?:ql)?(?:\+\w+)?:/;

export interface Databases {
  /** Undefined: none is configured, or one of another kind. */
  readonly url: string | undefined;
  /** Past any pooler. */
  readonly directUrl: string | undefined;
}

/** PostgreSQL as the environment names it. */
export function databasesOf(env: NodeJS.ProcessEnv): Databases {
  const url = postgresUrl(env["DATABASE_URL"]);
  return { url, directUrl: postgresUrl(env["DATABASE_DIRECT_URL"]) ?? url };
}

function postgresUrl(given: string | undefined): string | undefined {
  const text = given?.trim() ?? "";
  return postgresScheme.test(text) ? text.replace(postgresScheme, "postgres:") : undefined;
}

/** What the environment says is there: PostgreSQL by DATABASE_URL, DynamoDB by MAIN_DB_TYPE. */
export async function configuredDatabases(env: NodeJS.ProcessEnv): Promise<readonly Awaited[]> {
  const awaited: Awaited[] = [];
  const { url } = databasesOf(env);
  if (url !== undefined) {
    const { askPostgres } = await import("@aloft/adapters/preparing/postgres-ready");
    awaited.push({ name: postgresName(url), ask: () => askPostgres(url) });
  }
  if (env["MAIN_DB_TYPE"]?.trim().toLowerCase() === "dynamodb") {
    const { parseAwaited } = await import("./await-ready.ts");
    const { ask } = parseAwaited(dynamodbEndpoint(env));
    awaited.push({ name: `DynamoDB at ${new URL(dynamodbEndpoint(env)).host}`, ask });
  }
  return awaited;
}

function postgresName(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url === undefined ? "PostgreSQL" : `PostgreSQL at ${url.hostname}:${url.port || "5432"}`;
}

function dynamodbEndpoint(env: NodeJS.ProcessEnv): string {
  const custom = env["AWS_ENDPOINT_URL_DYNAMODB"]?.trim() || env["AWS_ENDPOINT_URL"]?.trim();
  if (custom) return custom;
  const region = env["DYNAMODB_REGION"]?.trim() || env["AWS_REGION"]?.trim() || "us-east-1";
  return `https://dynamodb.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
