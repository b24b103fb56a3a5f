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
];
