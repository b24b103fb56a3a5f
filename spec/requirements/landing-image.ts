import type { Requirement } from "../requirement.ts";

const source = "issue 5: images";

export const landingImageRequirements: readonly Requirement[] = [
  {
    id: "landing.image.settings",
    source,
    behaviour:
      "ALOFT_HOSTS, ALOFT_PROXY_HOPS and ALOFT_STOP_SECONDS say what stands before the server and how long it may take to stop; what they cannot mean is refused at start.",
  },
  {
    id: "landing.image.host",
    source: "issue 5: edge; AWS-FACTS: the app trusts only that name",
    behaviour: "A server that other machines reach answers to the names of FRONTEND_URL and ALOFT_HOSTS alone.",
  },
  {
    id: "landing.image.health-host",
    source: "issue 5: service",
    behaviour:
      "/health is answered whatever the Host header says, since load balancers ask by address; nothing else is.",
  },
  {
    id: "landing.image.proxies",
    source: "issue 5: edge",
    behaviour:
      "Behind ALOFT_PROXY_HOPS proxies a caller's address is the one that the first of them saw, whatever X-Forwarded-For said before; cookies and redirects go by FRONTEND_URL, not by what a proxy says.",
  },
  {
    id: "landing.image.data-folder",
    source: "issue 5: images",
    behaviour: "Where store, files and keys are all kept elsewhere, no data folder is made or locked.",
  },
  {
    id: "landing.image.schema-version",
    source: "issue 5: deploy",
    behaviour:
      "In production, migrating tables in DynamoDB that a deployment made notes their schema's version and makes nothing else.",
  },
  {
    id: "landing.image.content",
    source,
    behaviour:
      "The bundle, and what the image has beside its base, is all that the server needs and at most 60 MB: no maps of sources, tests or native code; nobody but root may change it.",
  },
  {
    id: "landing.image.licences",
    source,
    behaviour: "What the bundle has of others is listed with name, version, licence and the licence's text.",
  },
  {
    id: "landing.image.rds",
    source,
    behaviour: "The image knows the authorities of databases at AWS, so that sslmode=verify-full works there.",
  },
  {
    id: "landing.image.outside",
    source,
    behaviour: "The bundle runs by Node alone, without node_modules, in a folder that is empty and read-only.",
  },
  {
    id: "landing.image.lazy",
    source,
    behaviour: "A start loads the adapters that are configured and no others; migrating does not load the server.",
  },
  {
    id: "landing.image.commands",
    source,
    behaviour:
      "The image's commands are server, migrate and link; an unknown one ends with 2, a failure with 1 and one line of JSON without secrets.",
  },
  {
    id: "landing.image.health-check",
    source,
    behaviour: "The image's health check needs no tool but Node, and tells a server that lives from none.",
  },
  {
    id: "landing.image.built",
    source,
    behaviour:
      "The image is built from its Dockerfile for amd64 and arm64 on either, runs as a user that is not root, and needs no shell.",
  },
  {
    id: "landing.image.runs",
    source,
    behaviour:
      "In the image, migrating and serving work on DynamoDB, S3, KMS and Secrets Manager, with the credentials of a task's role.",
  },
  {
    id: "landing.image.read-only",
    source,
    behaviour:
      "The server writes nothing outside the data folder: with its root read-only, /tmp included, it serves, takes files and stops.",
  },
  {
    id: "landing.image.stops",
    source,
    behaviour:
      "As the first process of a container it ends at SIGTERM with exit code 0: it takes no more, replies under way and their event streams end as they would have, within ALOFT_STOP_SECONDS and 10 s.",
  },
  {
    id: "landing.image.heartbeat",
    source,
    behaviour:
      "An event stream says something every 15 s and a WebSocket is pinged every 25 s, below what CloudFront and load balancers wait for.",
  },
  {
    id: "landing.image.shipped",
    source,
    behaviour: "The package of the server ships Dockerfile and bundle, so that whoever deploys it bundles nothing.",
  },
  {
    id: "landing.image.postgres",
    source: "issue 5: relational",
    behaviour:
      "On PostgreSQL the image migrates over DATABASE_DIRECT_URL and makes the user that servers are, as whom it then serves in production.",
  },
  {
    id: "landing.image.traces",
    source: "issue 5: observability",
    behaviour:
      "With OTEL_EXPORTER_OTLP_ENDPOINT the server tells a collector of requests, turns, calls of models and of the store, as one trace by traceparent, and of nothing that was said; without it nothing of OpenTelemetry is loaded.",
  },
  {
    id: "landing.image.traces-lost",
    source: "issue 5: observability",
    behaviour:
      "A collector that is not there or does not answer keeps the server from nothing, and from ending for 2 s at most.",
  },
];
