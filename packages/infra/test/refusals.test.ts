import { describe, expect, test } from "vitest";
import type { AppConfig, EnvironmentName, SoloConfig } from "@aloft/infra";
import { defineSecrets } from "@aloft/core/secrets/define-secrets";
import { objections, rules } from "@aloft/infra/refusals/refusals";
import { factTopics } from "@aloft/infra/refusals/topics";
import { computeDesigns } from "./designs/compute.ts";
import { dataDesigns } from "./designs/data.ts";
import { type Design, type Examples, synthesisOf } from "./designs/design.ts";
import { identityDesigns } from "./designs/identity.ts";
import { operationsDesigns } from "./designs/operations.ts";
import { synthesized } from "./support.ts";

const designs: Readonly<Record<string, Examples>> = {
  ...identityDesigns,
  ...computeDesigns,
  ...dataDesigns,
  ...operationsDesigns,
};

function said(design: Design): readonly string[] {
  return objections(synthesisOf(design)).map(({ id }) => id);
}

describe("rules", () => {
  test("[landing.refuse.examples] every rule has designs that it objects to and designs that it lets pass", () => {
    expect(Object.keys(designs).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
    for (const { fails, passes } of Object.values(designs))
      expect(Math.min(fails.length, passes.length)).toBeGreaterThan(0);
  });

  test.each(rules.map(({ id, level }) => [id, level] as const))(
    "%s objects to what fails, says where, and lets the rest pass",
    (id, level) => {
      for (const design of designs[id]?.fails ?? []) {
        const objection = objections(synthesisOf(design)).find((one) => one.id === id);
        expect(objection, JSON.stringify(design)).toMatchObject({ level });
        for (const { where, what } of objection?.found ?? []) {
          expect(where).not.toBe("");
          expect(what).toMatch(/\.$/);
        }
      }
      for (const design of designs[id]?.passes ?? []) expect(said(design), JSON.stringify(design)).not.toContain(id);
    },
  );

  test("[landing.refuse.evidence] each says what is true, where that is published, and what to do instead", () => {
    for (const { id, fact, evidence, instead } of rules) {
      expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(new URL(evidence).protocol, id).toBe("https:");
      for (const text of [fact, instead]) expect(text, id).toMatch(/^[A-Z].*[.!…]$/s);
    }
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });
});

test("[landing.refuse.topics] every topic that designs got wrong has a rule, or says why no template shows it", () => {
  for (const [topic, how] of Object.entries(factTopics)) {
    const has = rules.some(({ row }) => row === topic);
    if (how === "rules") expect(has, topic).toBe(true);
    else expect({ topic, has, how }).toEqual({ topic, has: false, how: expect.stringMatching(/\w{3,}.*\.$|\)$/) });
  }
});

const secrets = defineSecrets({ app: { name: "web/{env}", fills: ["DATABASE_URL"] } });
const full: Pick<SoloConfig, "trail" | "detectors" | "encryption" | "repository" | "budget"> = {
  trail: true,
  detectors: true,
  encryption: "own",
  repository: { owner: "acme", name: "chat", ownerId: "1", id: "2" },
  budget: { monthlyUsd: 50, emails: ["ops@acme.dev"] },
};
const dns = { provider: "route53", zoneName: "acme.dev", hostedZoneId: "Z0123456789" } as const;
const compute = { openTelemetry: true, domain: { name: "chat.acme.dev", dns } } as const;
const environments = { dev: {}, staging: {}, production: {} };
const apps: Readonly<Record<string, AppConfig>> = {
  solo: { name: "chat", topology: "solo", environments },
  relational: { name: "chat", topology: "relational", environments },
  library: { name: "web", topology: "library", secrets, environments },
  "solo with everything": { name: "chat", topology: "solo", environments, ...full, ...compute },
  "relational with everything": { name: "chat", topology: "relational", environments, ...full, ...compute },
};

test.each(Object.keys(apps))(
  "[landing.refuse.own] nothing that Aloft itself makes is refused or warned of: %s",
  { timeout: 60_000 },
  (name) => {
    const app = apps[name];
    if (app === undefined) throw new Error(name);
    for (const environment of Object.keys(environments) as EnvironmentName[]) {
      expect(objections(synthesized(app, environment)), environment).toEqual([]);
    }
  },
);

test("[landing.refuse.accepted] a refusal is a warning once the configuration says why; an answer to none is a fault", () => {
  const refused: Design = { config: { service: { platform: "app-runner" } } };
  const accepting = (accept: Readonly<Record<string, string>>) =>
    objections(synthesisOf({ config: { ...refused.config, accept } }));
  const [id = ""] = said(refused);
  expect(accepting({})).toContainEqual(expect.objectContaining({ id, level: "refusal" }));
  expect(accepting({ [id]: "An account of old." })).toContainEqual(
    expect.objectContaining({ id, level: "warning", accepted: "An account of old." }),
  );
  expect(() => accepting({ "no-such-rule": "why" })).toThrow("accept.no-such-rule: There is no such refusal");
  expect(() => accepting({ "template-size": "why" })).toThrow("accept.template-size: AWS itself turns this down");
});
