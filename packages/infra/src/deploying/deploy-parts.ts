import { join } from "node:path";
import type { StackPart } from "../stacks/aloft-stack.ts";
import { plannedImage, synthesize, type Synthesis, type SynthesizedStack } from "../synthesize.ts";
import { abandonedStacks } from "./abandoned.ts";
import { translated } from "./aws-fault.ts";
import { activateCostTags } from "./cost-tags.ts";
import { chosenStacks } from "./chosen-stacks.ts";
import { DeployError } from "./deploy-error.ts";
import type { Deploying, Made } from "./deployment.ts";
import { type DeployStep, stepping } from "./deploy-event.ts";
import { migrationTask } from "./migration.ts";
import { recordDeployment } from "./record.ts";
import { missingSecrets } from "./secret-values.ts";
import { stackFailures, stackState, wasTakenBack } from "./stack-state.ts";
import { shortDigest } from "./image.ts";
import { type Stacks, stacksOf } from "./toolkit.ts";

type Outputs = Partial<Record<StackPart, Readonly<Record<string, string>>>>;

interface MadeParts {
  readonly url: string | undefined;
  readonly image: string | undefined;
  readonly version: string | undefined;
  readonly stacks: readonly Made[];
  readonly outputs: Outputs;
}

/** Parts that hold a program, and need to know its image. */
const programParts: readonly StackPart[] = ["Cluster", "Compute"];

/** Each part in its order, with what has to happen between them. */
export async function deployParts(run: Deploying): Promise<MadeParts> {
  const before = assembly(run, "early", plannedImage);
  const chosen = chosenStacks(before.synthesis, run.only);
  const stacks: Made[] = [];
  const outputs: Outputs = {};
  const make = async ({ synthesis, over }: Assembly, parts: readonly StackPart[]): Promise<void> => {
    for (const part of parts) {
      const stack = synthesis.stacks.find((one) => one.part === part);
      if (stack === undefined || !chosen.some((one) => one.part === part)) continue;
      const made = await deployStack(run, over, stack);
      stacks.push(made.made);
      outputs[stack.part] = made.outputs;
    }
  };
  await make(before, ["Network", "Data"]);
  const image = await imageFor(run, chosen);
  const after = image === undefined ? before : assembly(run, "with-image", image);
  await requireSecrets(run, after.synthesis, chosen);
  await make(after, ["Cluster"]);
  if (outputs.Cluster !== undefined) await migrate(run, outputs.Cluster);
  await make(after, ["Guard", "Compute"]);
  const tested = outputs.Compute === undefined ? undefined : await test(run, outputs.Compute);
  if (image !== undefined && outputs.Compute !== undefined) await note(run, image, tested?.version);
  await make(after, ["Monitoring", "Access"]);
  if (run.only === undefined) await tellAbandoned(run, after.synthesis);
  await finish(run);
  return { url: outputs.Compute?.["Url"], image, version: tested?.version, stacks, outputs };
}

interface Assembly {
  readonly synthesis: Synthesis;
  readonly over: Stacks;
}

function assembly({ app, folder, onEvent, directly }: Deploying, name: string, image: string): Assembly {
  const own = join(folder, name);
  return { synthesis: synthesize(app, { folder: own, image }), over: stacksOf(own, app.region, onEvent, { directly }) };
}

function stepOf(part: StackPart): DeployStep {
  return part.toLowerCase() as DeployStep;
}

interface DeployedPart {
  readonly made: Made;
  readonly outputs: Readonly<Record<string, string>>;
}

async function deployStack(
  run: Deploying,
  over: Stacks,
  { part, name, region }: SynthesizedStack,
): Promise<DeployedPart> {
  run.signal.throwIfAborted();
  return stepping<DeployedPart>(run.onEvent, stepOf(part), name, async () => {
    const state = await stackState(region, name);
    const stands = state !== undefined && /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(state.status);
    if (stands && (await over.diff([part])).get(name)?.isEmpty === true) {
      return { value: { made: { part, name, state: "unchanged" }, outputs: state.outputs }, state: "unchanged" };
    }
    // Comparing took a moment: what was stopped meanwhile is not begun.
    run.signal.throwIfAborted();
    const outputs = await carriedOut(run, over, { part, name, region, takingOver: wasTakenBack(state) });
    return { value: { made: { part, name, state: "deployed" }, outputs } };
  });
}

async function carriedOut(
  { signal }: Deploying,
  over: Stacks,
  { part, name, region, takingOver }: Pick<SynthesizedStack, "part" | "name" | "region"> & { takingOver: boolean },
): Promise<Readonly<Record<string, string>>> {
  try {
    return await unlessStopped(over.deploy(part, takingOver), signal, () => {
      return `Stopped while CloudFormation was at work on ${name}: it ends that by itself. See how far it is: aloft status.`;
    });
  } catch (error) {
    if (error instanceof DeployError) throw error;
    throw await stackFailed(error, { part, name, region });
  }
}

/** Gives up waiting at a stop; what was begun goes on elsewhere. */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal, say: () => string): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new DeployError("interrupted", say()));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
    // After a stop nobody waits for it any more.
    work.catch(() => undefined);
  }
}

async function stackFailed(
  cause: unknown,
  { part, name, region }: Pick<SynthesizedStack, "part" | "name" | "region">,
): Promise<Error> {
  const fault = translated(cause, `deploying ${name}`);
  if (!(fault instanceof DeployError) || fault.code !== "aws") return fault;
  const state = await stackState(region, name).catch(() => undefined);
  const reasons = await stackFailures(region, name).catch(() => []);
  const why = reasons.length === 0 ? [fault.message] : reasons;
  const left =
    state === undefined
      ? "Nothing of it is left."
      : state.status.startsWith("ROLLBACK")
        ? "CloudFormation took back what it had made of it; the next deployment begins it anew."
        : state.status.startsWith("UPDATE_ROLLBACK")
          ? "It is again as it was before."
          : `It is ${state.status}.`;
  const lines = why.map((line) => `  ${line}`).join("\n");
  return new DeployError(
    "stack_failed",
    `${name} (${part}) could not be deployed:\n${lines}\n${left} The parts before it stay as they are now. Mend it, and give aloft deploy again: it goes on here.`,
    { cause },
  );
}

async function imageFor(run: Deploying, chosen: readonly SynthesizedStack[]): Promise<string | undefined> {
  const { app, image: choice, record, only } = run;
  if (app.topology === "library") return undefined;
  const holdsProgram = chosen.some(({ part }) => programParts.includes(part));
  if (only !== undefined && (!holdsProgram || choice?.kind !== "uri")) {
    // What is not about the program keeps the one that runs.
    const runs = record[0]?.image;
    if (runs !== undefined || !holdsProgram) return runs;
  }
  if (choice === undefined) {
    throw new DeployError(
      "image_failed",
      "It is not known which image runs. Give --image <repository>@sha256:…, or deploy everything: aloft deploy",
    );
  }
  return stepping(run.onEvent, "image", "Image", async () => {
    run.signal.throwIfAborted();
    const { account } = run.caller;
    const { region, prefix: repository } = app;
    const value = await run.steps.image({
      choice,
      region,
      account,
      repository,
      onEvent: run.onEvent,
      signal: run.signal,
    });
    return { value, text: `Image ${shortDigest(value)}` };
  });
}

/** @throws {DeployError} `secrets_missing`, with the command that gives them values. */
async function requireSecrets(
  { app, onEvent }: Deploying,
  { stacks }: Synthesis,
  chosen: readonly SynthesizedStack[],
): Promise<void> {
  const data = stacks.find(({ part }) => part === "Data");
  const concerned = chosen.some(({ part }) => part === "Data" || programParts.includes(part));
  if (data === undefined || !concerned) return;
  await stepping(onEvent, "secrets", "Values of secrets", async () => {
    const missing = await missingSecrets(app, data);
    const required = missing.filter(({ required }) => required);
    const stops = required.length > 0 && chosen.some(({ part }) => programParts.includes(part));
    const push = `aloft secrets push .env --env ${app.environment}`;
    const lines = (stops ? required : missing).map(({ name, variables }) => `  ${name} (${variables.join(", ")})`);
    if (stops) {
      throw new DeployError(
        "secrets_missing",
        `These secrets have no value yet, and the program does not start without:\n${lines.join("\n")}\nThey are there to be filled: ${push}. ` +
          "Then give aloft deploy again: it goes on here. What was running goes on running.",
      );
    }
    for (const { name, variables } of missing) {
      onEvent({ kind: "warning", text: `${name} (${variables.join(", ")}) has no value yet. To give it one: ${push}` });
    }
    return { value: undefined, text: missing.length === 0 ? "Every secret has a value" : "Values of secrets" };
  });
}

async function migrate(run: Deploying, outputs: Readonly<Record<string, string>>): Promise<void> {
  const { app, onEvent, signal, steps } = run;
  await stepping(onEvent, "migration", "Migration", async () => {
    if (run.withoutMigration === true) return { value: undefined, state: "skipped" };
    signal.throwIfAborted();
    await steps.migrate({ region: app.region, task: migrationTask(outputs), onEvent, signal });
    return { value: undefined };
  });
}

async function test(
  run: Deploying,
  outputs: Readonly<Record<string, string>>,
): Promise<{ readonly version: string | undefined }> {
  const { app, onEvent, signal, steps } = run;
  const domain = outputs["DistributionDomainName"];
  if (app.topology === "library" || domain === undefined) return { version: undefined };
  const ours = app.service.image === undefined || app.service.image === "aloft";
  const paths = ours ? [app.service.healthPath, "/health/ready"] : [app.service.healthPath];
  // CloudFront's own name answers before a domain of one's own is known everywhere.
  const url = `https://${domain}`;
  return stepping(onEvent, "smoke-test", `Asking ${url}`, async () => {
    signal.throwIfAborted();
    const value = await steps.smokeTest({ url, paths, signal });
    return { value, text: `${url} answers` };
  });
}

async function note({ parameters, app, caller }: Deploying, image: string, version: string | undefined): Promise<void> {
  const said = version === undefined ? {} : { version };
  await recordDeployment(parameters, app.prefix, { image, at: new Date().toISOString(), by: caller.name, ...said });
}

async function tellAbandoned({ onEvent }: Deploying, synthesis: Synthesis): Promise<void> {
  for (const { name, command } of await abandonedStacks(synthesis)) {
    onEvent({
      kind: "warning",
      text: `${name} is no part of the app any more, and is still there. To remove it: ${command}`,
    });
  }
}

async function finish({ onEvent, app, only }: Deploying): Promise<void> {
  if (only !== undefined) return;
  await stepping(onEvent, "finish", "Cost tags", async () => {
    const said = await activateCostTags(app);
    return said === undefined
      ? { value: undefined, text: "Cost tags are active" }
      : { value: undefined, state: "skipped", text: said };
  });
}
