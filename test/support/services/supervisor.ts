import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ServiceName, serviceNames } from "../services.ts";
import { startDynamodb } from "./dynamodb.ts";
import { startMinistack, startMoto } from "./emulators.ts";
import { startPostgres16, startPostgres18 } from "./postgres.ts";
import type { RunningService } from "./program.ts";

const starters: Readonly<Record<ServiceName, () => Promise<RunningService>>> = {
  dynamodb: startDynamodb,
  "postgres-16": startPostgres16,
  "postgres-18": startPostgres18,
  moto: startMoto,
  ministack: startMinistack,
};

/**
 * Vitest's global setup: answers the tests' questions for services, whichever process they run in, and starts each
 * service when it is first asked for.
 */
export default async function superviseServices(): Promise<(() => Promise<void>) | undefined> {
  // Each of vitest's projects calls this; one supervisor serves them all.
  if (process.env["ALOFT_TEST_SERVICES"] !== undefined) return undefined;
  process.env["ALOFT_TEST_SERVICES"] = "starting";
  const started = new Map<ServiceName, Promise<RunningService>>();
  const start = (name: ServiceName): Promise<RunningService> => {
    const running = started.get(name) ?? starters[name]();
    started.set(name, running);
    return running;
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    const name = serviceNames.find((one) => request.url === `/${one}`);
    if (name === undefined) {
      answer(404, { reason: `There is no service ${request.url}.` });
      return;
    }
    start(name).then(
      ({ url }) => answer(200, { url }),
      (error: unknown) => answer(503, { reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env["ALOFT_TEST_SERVICES"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.closeAllConnections();
    server.close();
    const running = await Promise.allSettled(started.values());
    await Promise.all(running.flatMap((one) => (one.status === "fulfilled" ? [one.value.stop()] : [])));
  };
}
