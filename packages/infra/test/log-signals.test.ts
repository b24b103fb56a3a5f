import { PassThrough } from "node:stream";
import { ThrottledError, UnavailableError } from "@aloft/core/errors";
import { createLogger } from "@aloft/server/http/logging";
import { beforeAll, expect, test } from "vitest";
import type { Template } from "@aloft/infra/synthesize";
import { synthesized } from "./support.ts";

type Line = Readonly<Record<string, unknown>>;

let template: Template;
beforeAll(() => {
  const { stacks } = synthesized({ name: "demo", topology: "solo", environments: { dev: {} } }, "dev");
  const monitoring = stacks.find(({ part }) => part === "Monitoring");
  if (monitoring === undefined) throw new Error("every service is watched");
  ({ template } = monitoring);
});

/** Lines as the server itself writes them. */
function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): Line[] {
  const destination = new PassThrough({ encoding: "utf8" });
  write(createLogger({ level: "info", destination }));
  return String(destination.read())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

const lines = linesOf((logger) => {
  logger.error({ err: new TypeError("odd") }, "unexpected");
  logger.error({ err: new ThrottledError("slower") }, "request failed");
  logger.error({ err: new Error("a turn", { cause: new UnavailableError("gone") }) }, "request failed");
  logger.warn({ code: "model_key_refused" }, "model failed");
  logger.info({ method: "GET", route: "/health", status: 200, ms: 1.5, requestId: "abc" }, "request");
});

const resources = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type);

test("[landing.watch.log-lines] each metric counts the lines of the server that it is for, and no other", () => {
  const counted = resources("AWS::Logs::MetricFilter").map(({ Properties = {} }) => {
    const [{ MetricName }] = Properties["MetricTransformations"] as [{ readonly MetricName: string }];
    const pattern = String(Properties["FilterPattern"]);
    return [
      MetricName,
      lines.map((line, index) => (matches(pattern, line) ? index : -1)).filter((index) => index >= 0),
    ];
  });
  expect(Object.fromEntries(counted)).toEqual({
    Unexpected: [0],
    Throttled: [1],
    Unavailable: [2],
    ModelErrors: [3],
  });
});

test("[landing.watch.queries] saved queries ask for fields that the server's lines have", () => {
  const queries = resources("AWS::Logs::QueryDefinition").map(({ Properties = {} }) => ({
    name: String(Properties["Name"]),
    text: String(Properties["QueryString"]),
  }));
  expect(queries.map(({ name }) => name).sort()).toEqual([
    "demo-dev/errors",
    "demo-dev/models that failed",
    "demo-dev/one request",
    "demo-dev/slow requests",
  ]);
  const known = new Set(lines.flatMap((line) => [...paths(line)]));
  const made = ["requests", "p50", "p95", "slowest", "failures"];
  for (const { name, text } of queries) {
    const fields = [...withoutText(text).matchAll(/(?<![@\w.])[a-z]\w*(\.\w+)*\b(?!\()/g)].map(([field]) => field);
    const asked = fields.filter((field) => !words.has(field) && !made.includes(field));
    expect(
      asked.filter((field) => !known.has(field)),
      name,
    ).toEqual([]);
    expect(asked.length + Number(text.includes("@message")), name).toBeGreaterThan(0);
  }
});

const words = new Set("fields filter stats sort limit by as in desc asc".split(" "));

function withoutText(query: string): string {
  return query.replaceAll(/"[^"]*"|\b\d+[a-z]?/g, "");
}

/** A pattern for JSON as far as ours go: `{ ($.a.b = "x") || ($.c = "y") }`. */
function matches(pattern: string, line: Line): boolean {
  const terms = [...pattern.matchAll(/\$\.([\w.]+) = "([^"]*)"/g)];
  expect(terms.length, pattern).toBe(pattern.split("||").length);
  return terms.some(([, path = "", value]) => at(line, path) === value);
}

function at(line: Line, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Line | undefined)?.[key], line);
}

function* paths(line: Line, before = ""): Generator<string> {
  for (const [key, value] of Object.entries(line)) {
    yield before + key;
    if (typeof value === "object" && value !== null) yield* paths(value as Line, `${before}${key}.`);
  }
}
