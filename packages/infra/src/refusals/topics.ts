/**
 * What designs of agent backends on AWS have got wrong, by topic. A topic is refused or warned of by rules, or it says why no
 * template can show it and who looks after it instead.
 */
export const factTopics = {
  "agent tokens": "rules",
  "MCP sign-in on Cognito": "rules",
  PKCE: "rules",
  "one JWT for app and MCP": "rules",
  "connector claim": "rules",
  allowlist: "rules",
  "Cognito clients": "rules",
  "Cognito custom domain": "rules",
  "GitHub OIDC": "rules",
  "App Runner": "rules",
  "Amplify and Next.js": "rules",
  "Next.js instrumentation": "The flag does nothing since Next.js 15; it is no part of a template and breaks nothing.",
  WebSocket: "rules",
  AgentCore: "rules",
  Fargate: "rules",
  "public load balancer": "rules",
  egress: "rules",
  "TLS 1.3": "rules",
  pgvector: "rules",
  "job index": "rules",
  "DynamoDB IAM": "rules",
  "uniqueness and TTL": "rules",
  "message search": "A filter is part of a request, not of a table. Aloft's own search reads a token index (ADR 13).",
  "OAuth-token encryption": "How a data key is used is code: Aloft seals with the Encryption SDK (ADR 17).",
  metering: "rules",
  SQS: "rules",
  migrations: "rules",
  secrets: "rules",
  Bedrock: "rules",
  tracing: "rules",
  "cost tags and budgets": "rules",
  "price tables": "The plan prices the synthesized templates line by line: there is no table of ours to be wrong.",
  "interface endpoints": "rules",
  "state contains only ARNs": "rules",
  "template limits": "rules",
} as const satisfies Readonly<Record<string, string>>;

export type FactTopic = keyof typeof factTopics;
