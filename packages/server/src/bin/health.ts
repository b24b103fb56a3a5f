import process from "node:process";

// What HEALTHCHECK runs: exit code 0 if the server of this container is alive. It loads no more, as it runs often.
const { HOST = "127.0.0.1", PORT = "3000" } = process.env;
const host = HOST === "0.0.0.0" ? "127.0.0.1" : HOST === "::" ? "[::1]" : HOST.includes(":") ? `[${HOST}]` : HOST;

try {
  const answer = await fetch(`http://${host}:${PORT}/health`, { signal: AbortSignal.timeout(2500) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
