import { createServer } from "node:http";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
pool.on("error", (error) => console.error(`a connection was lost: ${error.code}`));

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (request.method !== "GET" || request.url !== "/notes") return answer(404, { error: "not found" });
  try {
    const { rows } = await pool.query("SELECT id, text FROM notes ORDER BY id");
    return answer(200, rows);
  } catch (error) {
    console.error(`the database did not answer: ${error.code}`);
    return answer(503, { error: "the database does not answer" });
  }
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await pool.end();
    console.log("stopped");
  });
  server.closeIdleConnections();
});

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`listening on http://${address}:${port}`);
});
