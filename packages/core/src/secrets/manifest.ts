import { defineSecrets } from "./define-secrets.ts";

/**
 * The secrets of Aloft's own server. Their names begin with `aloft/{env}/`; ALOFT_SECRETS_PREFIX puts something else
 * there, such as `app`.
 */
export const productSecrets = defineSecrets(
  {
    authSecret: {
      name: "{prefix}/auth-secret",
      description: "Seals sessions and links; a new one signs everybody out",
      fills: "AUTH_SECRET",
      required: "outside-dev",
      generate: { bytes: 48, encoding: "base64url" },
      readers: ["server"],
    },
    llmKeys: {
      name: "{prefix}/llm-keys",
      description: "API keys of the model providers in use",
      fills: { anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY", grok: "GROK_API_KEY" },
      readers: ["server"],
    },
    database: {
      name: "{prefix}/database",
      description: "Where PostgreSQL is, with user and password",
      fills: { url: "DATABASE_URL" },
      readers: ["server", "migrate"],
    },
    oauthGoogle: {
      name: "{prefix}/oauth-google",
      description: "Sign-in with Google",
      fills: { clientId: "GOOGLE_CLIENT_ID", clientSecret: "GOOGLE_CLIENT_SECRET" },
      readers: ["server"],
    },
  },
  { prefix: "aloft/{env}", prefixVariable: "ALOFT_SECRETS_PREFIX" },
);
