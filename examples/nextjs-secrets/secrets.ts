import { loadSecrets, type Secrets, SecretsError } from "@aloft/adapters/secrets/index";
import manifest from "./secrets.manifest";

type AppSecrets = Secrets<(typeof manifest.variables)[number], (typeof manifest.required)[number]>;

// Next.js bundles instrumentation and routes apart from each other: only what is global is the same for both.
const held = globalThis as typeof globalThis & { appSecrets?: AppSecrets };

/** Loads everything, or ends the process: a server without its secrets answers nobody. */
export async function startWithSecrets(): Promise<void> {
  try {
    held.appSecrets = await loadSecrets(manifest, {
      refreshSeconds: 300,
      refreshSignal: "SIGHUP",
      fillEnvironment: true,
    });
  } catch (error) {
    console.error(error instanceof SecretsError ? error.message : error);
    process.exit(1);
  }
}

/** The secrets as they are now: they change when they are refreshed. */
export function secrets(): ReturnType<AppSecrets["current"]> {
  if (held.appSecrets === undefined) throw new Error("The secrets are loaded by instrumentation.ts, at the start.");
  return held.appSecrets.current();
}
