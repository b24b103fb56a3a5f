import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { openConfiguredModels } from "@aloft/server/compose";
import type { Config, ListenConfig } from "@aloft/server/config/config";
import type { RunningOn } from "../data-folder.ts";
import { isAloft } from "../up/port-in-use.ts";
import { codeOf, failed, type Finding, messageOf, ok, warning } from "./finding.ts";

const modelTimeoutMs = 5000;

export function checkNode(version: string): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major === 24) return ok("node", version);
  return warning("node", `${version} is not the one Aloft is tested on`, "Use Node 24; npm scripts in a checkout do.");
}

/** A port that the server of this data folder listens on is fine. */
export async function checkPort({ host, port }: ListenConfig, server: RunningOn | undefined): Promise<Finding> {
  if (port === 0) return ok("port", "any free one");
  if (server?.url !== undefined && new URL(server.url).port === String(port)) {
    return ok("port", `${port}, taken by the server of this data folder`);
  }
  const code = await listenFault(host, port);
  const another = "Choose another with --port or PORT; 0 takes any free one.";
  switch (code) {
    case undefined:
      return ok("port", `${port} on ${host} is free`);
    case "EADDRINUSE": {
      const who = (await isAloft(`http://${host.includes(":") ? `[${host}]` : host}:${port}`)) ? "Aloft" : "program";
      return failed("port", `${port} on ${host} is taken by another ${who}`, `Stop it. Or: ${another}`);
    }
    case "EACCES":
      return failed("port", `this user may not listen on port ${port}`, another);
    default:
      return failed(
        "port",
        `nothing can listen on ${host}, port ${port} (${code})`,
        "Set HOST to this machine's address.",
      );
  }
}

function listenFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve(codeOf(error)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}

export async function checkModel(config: Config): Promise<Finding> {
  try {
    const models = await openConfiguredModels(config);
    const id = models.list()[0]?.id ?? "";
    if (id.startsWith("offline/")) {
      return ok(
        "model",
        `${id}; for a real one set ANTHROPIC_API_KEY, OPENAI_API_KEY, GROK_API_KEY or OPENAI_BASE_URL`,
      );
    }
    const signal = AbortSignal.timeout(modelTimeoutMs);
    await models.check(signal);
    return ok("model", `${id} answers`);
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    const message = late ? `the model did not answer within ${modelTimeoutMs / 1000} s` : messageOf(error);
    return failed("model", message, "Conversations cannot be answered until this is mended.");
  }
}

export function checkConsole(): Finding {
  const page = fileURLToPath(new URL("../../../console/dist/index.html", import.meta.url));
  if (existsSync(page)) return ok("console", "built");
  return warning("console", "not built: only the API will be there", "npm start builds it; so does npm run build.");
}
