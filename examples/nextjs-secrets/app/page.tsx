import { connection } from "next/server";
import { secrets } from "../secrets";

export default async function Page() {
  await connection();
  const { DATABASE_URL, SENTRY_DSN } = secrets();
  return (
    <main>
      <h1>Secrets, loaded</h1>
      <p>DATABASE_URL is {DATABASE_URL === "" ? "missing" : "there"}.</p>
      <p>SENTRY_DSN is {SENTRY_DSN === undefined ? "not set" : "there"}.</p>
    </main>
  );
}
