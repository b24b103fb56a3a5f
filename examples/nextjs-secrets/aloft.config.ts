import { defineApp } from "@aloft/infra";
import secrets from "./secrets.manifest.ts";

/** No compute: one JSON secret an environment, and the policy of who reads it. The app runs wherever it runs. */
export default defineApp({
  name: "pixell",
  topology: "library",
  region: "us-east-2",
  secrets,
  environments: { dev: {}, production: {} },
});
