import { defineApp, manifestFromJson } from "@aloft/infra";
import secrets from "../python-web/secrets.manifest.json" with { type: "json" };

/** The program of ../python-web on RDS PostgreSQL, under a domain in Route 53. */
export default defineApp({
  name: "combine",
  topology: "relational",
  secrets: manifestFromJson(secrets),
  service: { image: { dockerfile: "Dockerfile", context: "../python-web" }, port: 8000 },
  // By the administrator of the database, before the new version serves: its migrations, and the first players once.
  migrate: ["aloft", "exec", "--migrate", "--seed", "python seed.py", "--", "true"],
  alarms: { emails: ["ops@example.com"] },
  budget: { monthlyUsd: 100, emails: ["ops@example.com"] },
  environments: {
    dev: {},
    production: {
      domain: {
        name: "combine.example.com",
        dns: { provider: "route53", zoneName: "example.com", hostedZoneId: "Z0123456789EXAMPLE" },
      },
    },
  },
});
