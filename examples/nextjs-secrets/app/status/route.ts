import { createHash } from "node:crypto";
import { connection } from "next/server";
import { secrets } from "../../secrets";

/** Which variables are there, never their values. `version` changes when one of them does. */
export async function GET(): Promise<Response> {
  await connection();
  const values = secrets();
  const fromEnvironment = process.env.DATABASE_URL === values.DATABASE_URL;
  const version = createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, 8);
  return Response.json({ ok: true, there: Object.keys(values), fromEnvironment, version });
}
