import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { resolveApp, type ResolvedApp } from "@aloft/infra/config/resolve";
import { deploy } from "@aloft/infra/deploying/deploy";
import type { DeployEvent, DeployStep } from "@aloft/infra/deploying/deploy-event";
import { lockName } from "@aloft/infra/deploying/lock";
import { parametersIn } from "@aloft/infra/deploying/parameters";
import { readRecord } from "@aloft/infra/deploying/record";
import { stackState } from "@aloft/infra/deploying/stack-state";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import chat from "../../../examples/chat-on-fargate/aloft.config.ts";
import { type Emulated, emulated } from "./emulated.ts";
import { settled, without } from "./lacking.ts";
import { ministackLacks } from "./ministack-lacks.ts";

const here = await available("ministack, for deployments that are stopped", () => service("ministack"));

const region = "us-east-1";
const image = `example.com/chat@sha256:${"6".repeat(64)}`;
const repository = { owner: "acme", name: "chat" };
const extend = without(ministackLacks);
const app: ResolvedApp = resolveApp({ ...chat, repository, trail: true, detectors: true, extend }, "production");

/** Where it is stopped: before a step does anything, or while CloudFormation is at work on it. */
const stops: readonly (readonly [DeployStep, "begun" | "at work"])[] = [
  ["changes", "begun"],
  ["network", "begun"],
  ["network", "at work"],
  ["data", "at work"],
  ["image", "begun"],
  ["secrets", "begun"],
  ["cluster", "at work"],
  ["migration", "begun"],
  ["guard", "at work"],
  ["compute", "at work"],
  ["smoke-test", "begun"],
  ["monitoring", "at work"],
  ["access", "at work"],
];

/** What stands in for what ministack cannot do is said in ministack-lacks.ts and rehearsal-whole.test.ts. */
describe.runIf(here)("a deployment that is stopped again and again, on ministack", { timeout: 120_000 }, () => {
  let emulator: Emulated;
  const ran: DeployStep[] = [];

  /** @returns what happened, until it was stopped or ended. */
  async function run(stop?: (event: DeployEvent) => boolean) {
    const events: DeployEvent[] = [];
    const stopping = new AbortController();
    const note = (step: DeployStep) => void ran.push(step);
    const ended = await deploy({
      app,
      image: { kind: "uri", uri: image },
      confirm: () => Promise.resolve(true),
      confirmBootstrap: () => Promise.resolve(true),
      onEvent(event) {
        events.push(event);
        if (stop?.(event) === true) stopping.abort();
      },
      signal: stopping.signal,
      steps: {
        image: async () => (note("image"), image),
        migrate: async () => note("migration"),
        smokeTest: async () => (note("smoke-test"), { version: "1.2.3", attempts: 1 }),
      },
    }).then(
      (report) => ({ report }),
      (error: unknown) => ({ error }),
    );
    return { ...ended, events };
  }

  beforeAll(async () => {
    emulator = await emulated("ministack", "606060606060");
  });
  afterAll(() => emulator[Symbol.dispose]());

  test.each(stops)(
    "[landing.rehearsal.stopped] at %s (%s) it says so, and leaves what can go on",
    async (step, when) => {
      const part = `${app.prefix}-${step}`;
      const before = await stackState(region, part);
      const { error, events } = (await run((event) =>
        when === "begun"
          ? event.kind === "step" && event.step === step && event.state === "begun"
          : event.kind === "resource" && event.stack === part,
      )) as { error?: unknown; events: readonly DeployEvent[] };
      expect(error).toMatchObject({
        code: "interrupted",
        message: expect.stringContaining("aloft deploy goes on from here"),
      });
      expect(begun(events).at(-1)).toBe(step);
      expect(await parametersIn(region).read(lockName(app.prefix))).toBeUndefined();
      if (when === "begun") expect(await stackState(region, part)).toEqual(before);
      else {
        expect(error).toMatchObject({ message: expect.stringContaining(`CloudFormation was at work on ${part}`) });
        expect(await settled(new CloudFormationClient({ region }), part)).toBe("CREATE_COMPLETE");
      }
      expect(ran).not.toContain(step);
      expect(await readRecord(parametersIn(region), app.prefix)).toHaveLength(recorded(step) ? 1 : 0);
    },
  );

  test("[landing.rehearsal.stopped] the same call then ends it, and makes nothing twice", async () => {
    const { report, events } = (await run()) as {
      report?: Awaited<ReturnType<typeof deploy>>;
      events: readonly DeployEvent[];
    };
    expect(report?.stacks.map(({ part, state }) => `${part} ${state}`)).toEqual(
      ["Network", "Data", "Cluster", "Guard", "Compute", "Monitoring", "Access"].map((part) => `${part} unchanged`),
    );
    expect(report).toMatchObject({ image, version: "1.2.3", url: expect.stringContaining("https://") });
    expect(begun(events).at(-1)).toBe("finish");
    expect(await readRecord(parametersIn(region), app.prefix)).toMatchObject([{ image, version: "1.2.3" }]);
  });
});

/** The version is noted down once it has answered. */
function recorded(step: DeployStep): boolean {
  return step === "monitoring" || step === "access";
}

function begun(events: readonly DeployEvent[]): readonly DeployStep[] {
  return events.flatMap((event) => (event.kind === "step" && event.state === "begun" ? [event.step] : []));
}
