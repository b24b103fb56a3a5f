import { defineSecrets } from "@aloft/adapters/secrets/index";

/** One JSON secret an environment, `pixell/dev` and `pixell/prod`, whose keys are named like the variables they fill. */
export default defineSecrets(
  {
    app: {
      name: "pixell/{env}",
      description: "Everything the web app needs to know",
      fills: {
        DATABASE_URL: "DATABASE_URL",
        SESSION_SECRET: { variable: "SESSION_SECRET", generate: { bytes: 32, encoding: "base64url" } },
        SENTRY_DSN: { variable: "SENTRY_DSN", required: false },
      },
      required: true,
      readers: ["web"],
    },
  },
  { environmentVariables: ["ALOFT_ENV", "PIXELL_ENV", "NODE_ENV"] },
);
