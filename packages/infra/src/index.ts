/**
 * What an `aloft.config.ts` is made of. Nothing of CDK is loaded by it.
 * @example
 * export default defineApp({ name: "chat", topology: "solo", environments: { production: {} } });
 */
export { defineSecrets } from "@aloft/core/secrets/define-secrets";
export { manifestFromJson } from "@aloft/core/secrets/manifest-from-json";
export { defineApp } from "./config/define-app.ts";
export type {
  AppConfig,
  AppStacks,
  EnvironmentName,
  LibraryConfig,
  RelationalConfig,
  SoloConfig,
} from "./config/schema.ts";
