import { defineApp } from "@aloft/infra";

/** Aloft's own server, with nothing added: one service on Fargate, DynamoDB, S3, KMS, Secrets Manager. */
export default defineApp({
  name: "chat",
  topology: "solo",
  models: { provider: "anthropic" },
  alarms: { emails: ["ops@example.com"] },
  budget: { monthlyUsd: 60, emails: ["ops@example.com"] },
  environments: {
    dev: {},
    staging: {},
    production: {
      budget: { monthlyUsd: 150 },
      service: { scaling: { minTasks: 2, maxTasks: 8 } },
    },
  },
});
