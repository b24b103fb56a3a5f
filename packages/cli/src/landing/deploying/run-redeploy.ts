import { type Io, printJson } from "../../io.ts";
import { interruptible } from "../../moving/interrupt.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";
import { showEvents } from "./show-events.ts";

/** @returns the exit code. */
export async function runRedeploy(io: Io, { app, environment }: LoadedApp, json: boolean): Promise<number> {
  const { redeploy } = await loadInfra(() => import("@aloft/infra/deploying/redeploy"));
  using interrupt = interruptible();
  const onEvent = showEvents(io, { json, quiet: false });
  try {
    const report = await redeploy({ app, onEvent, signal: interrupt.signal });
    if (json) printJson(io, { ok: true, app: app.name, environment, ...report });
    else io.out.write(`${report.running} new ${report.running === 1 ? "task runs" : "tasks run"}.\n`);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    const message = "Stopped waiting. ECS goes on replacing tasks: aloft status shows how far it is.";
    if (json) printJson(io, { ok: false, error: { code: "interrupted", message } });
    else io.err.write(`${message}\n`);
    return interrupt.exitCode();
  }
}
