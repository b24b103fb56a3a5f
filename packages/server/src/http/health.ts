import type { FastifyInstance } from "fastify";

/** Resolves if what it checks can serve now. */
export type Check = () => Promise<void>;

const checkTimeoutMs = 2000;
const quietly = { config: { unlimited: true } };

/** `/health`: the process is alive. `/health/ready`: it can serve, by every check. */
export function registerHealth(
  app: FastifyInstance,
  checks: Readonly<Record<string, Check>>,
  draining: () => boolean,
): void {
  app.get("/health", quietly, async (_request, reply) => reply.send({ status: "ok" }));
  app.get("/health/ready", quietly, async (request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          await within(checkTimeoutMs, check());
          return [name, "ok"] as const;
        } catch (error) {
          request.log.warn({ err: error, check: name }, "not ready");
          return [name, "failed"] as const;
        }
      }),
    );
    const ready = !draining() && results.every(([, result]) => result === "ok");
    const status = ready ? "ok" : draining() ? "shutting_down" : "unavailable";
    return reply.code(ready ? 200 : 503).send({ status, checks: Object.fromEntries(results) });
  });
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
