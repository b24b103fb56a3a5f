import type { AppConfig } from "./schema.ts";

/** The configuration as it was given, its types checked. It is examined when it is used, every fault at once. */
export function defineApp(config: AppConfig): AppConfig {
  return config;
}
