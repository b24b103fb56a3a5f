import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { type Step, underLock, type UnderLockOptions } from "./under-lock.ts";

export interface ProgramUser {
  readonly name: string;
  /** Undefined: it signs in to RDS or Aurora by IAM. */
  readonly password: string | undefined;
}

/** As the environment of a migration names it; undefined if there is none. */
export function programUserOf(env: Readonly<Record<string, string | undefined>>): ProgramUser | undefined {
  const name = env["DATABASE_PROGRAM_USER"]?.trim();
  return name ? { name, password: env["DATABASE_PROGRAM_PASSWORD"] } : undefined;
}

/**
 * Makes the user that programs are, and lets it read and write what the user of this session makes in the schema `public`,
 * now and later; it makes and changes no tables. It is done each time: nobody can tell whether a password is the same.
 */
export function programUserStep(user: ProgramUser): Step {
  return {
    isDone: async () => false,
    run: async (session) => {
      await session.query("BEGIN");
      try {
        for (const statement of await statementsFor(session, user)) await session.query(statement);
        await session.query("COMMIT");
      } catch (error) {
        await session.query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    },
  };
}

/**
 * Where a deployment names the user that programs are, makes it: before what is migrated, which is then open to it.
 * @param url of the database, past any pooler, as who may make users.
 */
export async function makeProgramUser(
  env: Readonly<Record<string, string | undefined>>,
  url: string,
  options: UnderLockOptions,
): Promise<void> {
  const user = programUserOf(env);
  if (user !== undefined) await underLock(url, [programUserStep(user)], options);
}

async function statementsFor(session: Client, { name, password }: ProgramUser): Promise<readonly string[]> {
  const user = escapeIdentifier(name);
  const {
    rows: [found],
  } = await session.query<{ database: string; known: number }>(
    "SELECT current_database() AS database, (SELECT count(*)::integer FROM pg_roles WHERE rolname = $1) AS known",
    [name],
  );
  const rowsOf = "SELECT, INSERT, UPDATE, DELETE";
  return [
    ...(Number(found?.known) > 0 ? [] : [`CREATE ROLE ${user} LOGIN`]),
    password === undefined
      ? `GRANT rds_iam TO ${user}`
      : `ALTER ROLE ${user} PASSWORD ${escapeLiteral(scramVerifier(password))}`,
    `GRANT CONNECT ON DATABASE ${escapeIdentifier(found?.database ?? "")} TO ${user}`,
    `GRANT USAGE ON SCHEMA public TO ${user}`,
    `GRANT ${rowsOf} ON ALL TABLES IN SCHEMA public TO ${user}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${user}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ${rowsOf} ON TABLES TO ${user}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${user}`,
  ];
}

const iterations = 4096;

/**
 * What PostgreSQL keeps of a password, so that the password itself is in no statement, and in no log of them.
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 * @see https://www.rfc-editor.org/rfc/rfc5802#section-3
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const keyOf = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${keyOf("Server Key").toString("base64")}`;
}
