import type { Connections } from "./postgres-connection.ts";

/** What is known of pgvector in a database, each the version or null. */
export interface VectorSupport {
  readonly installed: string | null;
  /** Of the server, to be installed. */
  readonly available: string | null;
}

/** @see https://github.com/pgvector/pgvector */
export async function vectorSupport(connections: Connections): Promise<VectorSupport> {
  const text =
    "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'), " +
    "(SELECT default_version FROM pg_available_extensions WHERE name = 'vector')";
  const [[[installed, available] = []] = []] = await connections.run({
    kind: "read",
    statements: [{ text, values: [] }],
  });
  return { installed: installed as string | null, available: available as string | null };
}

/** What somebody should know of it; undefined if it is there. */
export function vectorNotice({ installed, available }: VectorSupport, database: string): string | undefined {
  if (installed !== null) return undefined;
  const missing = `The database "${database}" has no pgvector, so no index of vectors can be made in it.`;
  if (available !== null) return `${missing} As its owner, run: CREATE EXTENSION vector`;
  return `${missing} Install it at the server first (Debian: postgresql-18-pgvector; RDS and Aurora have it), then run: CREATE EXTENSION vector`;
}
