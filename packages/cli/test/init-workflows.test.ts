import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { describe, expect, test } from "vitest";
import { synthesized } from "../../infra/test/support.ts";
import { runCli } from "../src/testing.ts";
import { workspace } from "./support/workspace.ts";

const { load } = createRequire(import.meta.url)("js-yaml") as { load(text: string): unknown };

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, { readonly branches?: readonly string[] } | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Written {
  readonly ci: Workflow;
  readonly deploy: Workflow;
  readonly text: string;
  readonly config: AppConfig;
}

const environments: readonly EnvironmentName[] = ["dev", "staging", "production"];

async function written(...flags: readonly string[]): Promise<Written> {
  using space = workspace("chat");
  const init = ["init", space.folder, "--environments", environments.join(","), "--repository", "acme/chat"];
  expect(await runCli([...init, ...flags, "--yes"])).toMatchObject({ code: 0 });
  const [ci = "", deploy = ""] = ["ci", "deploy"].map((name) => space.text(`.github/workflows/${name}.yml`));
  const module = (await import(pathToFileURL(join(space.folder, "aloft.config.ts")).href)) as { default: AppConfig };
  return { ci: load(ci) as Workflow, deploy: load(deploy) as Workflow, text: ci + deploy, config: module.default };
}

const topologies = [
  { topology: "solo", flags: ["--topology", "solo", "--account", "111122223333"] },
  { topology: "relational", flags: ["--topology", "relational", "--program", "own"] },
  { topology: "library", flags: ["--topology", "library"] },
] as const;

describe.each(topologies)("the workflows of $topology", ({ topology, flags }) => {
  test("[landing.init.workflows] actions are pinned, permissions least, and nothing from outside is in a shell", async () => {
    const { ci, deploy, text } = await written(...flags);
    const jobs = [...Object.values(ci.jobs), ...Object.values(deploy.jobs)];
    const steps = jobs.flatMap((job) => job.steps);
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(4);
    for (const action of uses) expect(action).toMatch(/^(actions|aws-actions)\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const step of steps) {
      expect([step.uses, step.run].filter((one) => one !== undefined)).toHaveLength(1);
      expect(step.run ?? "").not.toContain("${{");
      if (step.uses?.startsWith("actions/checkout")) expect(step.with).toEqual({ "persist-credentials": false });
    }
    for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    expect(ci.permissions).toEqual({ contents: "read" });
    expect(deploy.permissions).toEqual({});
    expect(Object.keys(ci.on)).toEqual(["pull_request", "push"]);
    expect(JSON.stringify(ci)).not.toMatch(/id-token|secrets\.|configure-aws-credentials/);
    expect(Object.keys(deploy.on)).toEqual(["push", "workflow_dispatch"]);
    expect(deploy.on["push"]).toEqual({ branches: ["main"] });
    for (const [name, { permissions, environment }] of Object.entries(deploy.jobs)) {
      const identity = name === "image" ? {} : { "id-token": "write" };
      expect(permissions).toEqual({ contents: "read", ...identity });
      expect(environment).toBe(name === "image" ? undefined : name);
    }
  });

  test("[landing.init.workflow-deploy] one image goes to each environment in order, by its digest", async () => {
    const { deploy } = await written(...flags);
    const image = topology === "library" ? [] : ["image"];
    expect(Object.keys(deploy.jobs)).toEqual([...image, ...environments]);
    expect(Object.values(deploy.jobs).map(({ needs = [] }) => needs.join(" "))).toEqual([
      ...image.map(() => ""),
      image.join(" "),
      [...image, "dev"].join(" "),
      [...image, "staging"].join(" "),
    ]);
    for (const job of Object.values(deploy.jobs)) expect(job.if).toBe("github.ref == 'refs/heads/main'");
    for (const environment of environments) {
      const job = deploy.jobs[environment];
      expect(job?.concurrency).toEqual({ group: `deploy-chat-${environment}`, "cancel-in-progress": false });
      const last = job?.steps.at(-1);
      const given = topology === "library" ? "" : ' --image "$IMAGE"';
      expect(last?.run).toBe(`npx aloft deploy --env ${environment}${given} --yes`);
      if (topology === "library") continue;
      expect(last?.env).toEqual({ IMAGE: "${{ steps.image.outputs.uri }}" });
      const push = job?.steps.find(({ name }) => name === "Push the image")?.run ?? "";
      expect(push).toContain(`image="$registry/chat-${environment}:$TAG"`);
      expect(push.indexOf("RepoDigests")).toBeGreaterThan(push.indexOf("docker push"));
      expect(push).toContain('[[ "$uri" == *@sha256:* ]]');
    }
    if (topology === "library") return;
    const build = deploy.jobs["image"];
    expect(build?.["runs-on"]).toBe("ubuntu-24.04-arm");
    const words = build?.steps.find(({ name }) => name === "Build")?.run;
    expect(words).toMatch(/^docker build --platform linux\/arm64 --tag app:built --file \S+ \S+$/);
    if (topology === "relational") expect(words).toContain("--file Dockerfile .");
  });

  test("[landing.init.workflow-role] each job takes the role that trusts exactly it", async () => {
    const { deploy, config } = await written(...flags);
    for (const environment of environments) {
      const { stacks } = synthesized(config, environment);
      const access = stacks.find(({ part }) => part === "Access");
      const roles = Object.values(access?.template.Resources ?? {}).filter(({ Type }) => Type === "AWS::IAM::Role");
      const names = roles.map(({ Properties }) => Properties?.["RoleName"]);
      const credentials = deploy.jobs[environment]?.steps.find(({ uses }) => uses?.startsWith("aws-actions/"));
      const account = topology === "solo" ? "111122223333" : "${{ vars.AWS_ACCOUNT_ID }}";
      const name = String(credentials?.with?.["role-to-assume"]).replace(`arn:aws:iam::${account}:role/`, "");
      expect(names).toContain(name);
      const role = roles[names.indexOf(name)];
      const trust = JSON.stringify(role?.Properties?.["AssumeRolePolicyDocument"]);
      expect(trust).toContain(`"repo:acme/chat:environment:${deploy.jobs[environment]?.environment}"`);
      expect(trust).not.toMatch(/StringLike|\*/);
      expect(credentials?.with?.["aws-region"]).toBe("us-east-1");
      expect(credentials?.with?.["allowed-account-ids"]).toBe(topology === "solo" ? "111122223333" : undefined);
    }
  });
});

test("[landing.init.workflow-role] with GitHub's numbers the role trusts the subject that has them", async () => {
  const { config } = await written("--topology", "library", "--repository-ids", "12/345");
  const { stacks } = synthesized(config, "production");
  const access = JSON.stringify(stacks.find(({ part }) => part === "Access")?.template);
  expect(access).toContain('"repo:acme@12/chat@345:environment:production"');
});
