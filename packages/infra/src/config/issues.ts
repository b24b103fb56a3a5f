import type { Issue } from "@aloft/core/errors";
import type { z } from "zod";
import { librarySchema, relationalSchema, soloSchema } from "./schema.ts";

/** What an option that is missing would look like. */
const examples: Readonly<Record<string, string>> = {
  name: 'name: "chat"',
  topology: 'topology: "solo"',
  secrets: 'secrets: defineSecrets({ app: { name: "chat/{env}", fills: ["DATABASE_URL"] } })',
  "domain.dns": 'dns: { provider: "route53", zoneName, hostedZoneId } or { provider: "external", certificateArn }',
  "domain.dns.zoneName": 'zoneName: "example.com", the hosted zone that the domain is in',
  "domain.dns.hostedZoneId": 'hostedZoneId: "Z0123456789ABCDEFGHIJ"; aws route53 list-hosted-zones says it',
  "domain.dns.certificateArn": "certificateArn of a certificate in us-east-1",
  budget: 'budget: { monthlyUsd: 50, emails: ["you@example.com"] }',
  "budget.monthlyUsd": "monthlyUsd: 50",
  "budget.emails": 'emails: ["you@example.com"], who is told',
  domain: 'domain: { name: "chat.example.com", dns: { … } }',
  repository: 'repository: { owner: "acme", name: "chat" }',
  "database.engine": 'engine: "rds" or "aurora-serverless-v2"',
  account: 'account: "123456789012", in quotes',
};

const topologies = { solo: soloSchema, relational: relationalSchema, library: librarySchema } as const;

/** A fault in plain English. `options` is all that was examined. */
export function asIssue(issue: z.core.$ZodIssue, options: Readonly<Record<string, unknown>>): readonly Issue[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: unknownOption(path, key, options) }));
  }
  if (path[0] === "topology") {
    const message = 'has to be "solo", "relational" or "library"; "knowledge" and "fleet" are to come.';
    return [{ path: "topology", message }];
  }
  const [key = ""] = path;
  const absent = issue.code === "custom" && path.length === 1 && options[key] === undefined;
  const message = absent ? `is missing${exampleOf(key)}` : wording(issue, path.join("."));
  return [{ path: path.join("."), message: /[.!)}\]"]$/.test(message) ? message : `${message}.` }];
}

function unknownOption(
  path: readonly string[],
  key: string,
  { topology, database }: Readonly<Record<string, unknown>>,
): string {
  const others = Object.entries(topologies).filter(([name, { shape }]) => name !== topology && key in shape);
  if (path.length === 0 && others.length > 0) {
    const names = others.map(([name]) => `"${name}"`).join(" and ");
    return `is no option of the topology "${String(topology)}": ${names} ${others.length === 1 ? "has" : "have"} it.`;
  }
  const engine =
    typeof database === "object" && database !== null && "engine" in database ? database.engine : undefined;
  const other = engine === "rds" ? "aurora-serverless-v2" : "rds";
  if (path[0] === "database" && optionsOf[other].includes(key)) {
    return `is no option of the engine "${String(engine)}": "${other}" has it.`;
  }
  return "is no option.";
}

const optionsOf: Readonly<Record<"rds" | "aurora-serverless-v2", readonly string[]>> = {
  rds: ["instanceClass", "storageGiB", "multiAz"],
  "aurora-serverless-v2": ["minAcu", "maxAcu"],
};

const articles: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function exampleOf(path: string): string {
  return examples[path] === undefined ? "" : `, such as ${examples[path]}`;
}

function wording(issue: z.core.$ZodIssue, path: string): string {
  const example = exampleOf(path);
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return `is missing${example}`;
      return `has to be ${articles[issue.expected] ?? issue.expected}${example}`;
    case "invalid_value":
      return `has to be ${oneOf(issue.values)}`;
    case "invalid_union":
      return unionWording(issue, example);
    case "too_big":
      return issue.message.startsWith("Too big") ? `can be at most ${issue.maximum}` : issue.message;
    case "too_small":
      if (!issue.message.startsWith("Too small")) return issue.message;
      return issue.origin === "array" ? `is empty${example}` : `has to be at least ${issue.minimum}`;
    case "invalid_key":
      return "can have capital letters, digits and underscores only, as LOG_LEVEL has";
    default:
      return issue.message;
  }
}

function unionWording(issue: z.core.$ZodIssueInvalidUnion, example: string): string {
  if ("options" in issue && Array.isArray(issue.options)) return `has to be ${oneOf(issue.options)}`;
  const parts = issue.errors.flatMap(([first]) => {
    if (first?.code === "invalid_value") return first.values.map((value) => JSON.stringify(value));
    return first?.code === "invalid_type" ? [articles[first.expected] ?? first.expected] : [];
  });
  return parts.length === 0 ? `is not usable${example}` : `has to be ${joined(parts)}`;
}

function oneOf(values: readonly unknown[]): string {
  return joined(values.map((value) => JSON.stringify(value)));
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
