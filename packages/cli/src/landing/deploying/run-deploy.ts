import type { DeployOptions, DeployPlan, DeployReport } from "@aloft/infra/deploying/deployment";
import type { ImageChoice } from "@aloft/infra/deploying/image-source";
import type { StackPart } from "@aloft/infra/stacks/aloft-stack";
import { confirm } from "../../confirm.ts";
import { CliError, usageError } from "../../errors.ts";
import { type Io, painter, printJson } from "../../io.ts";
import { interruptible } from "../../moving/interrupt.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";
import { agreementText, changesText } from "./changes-text.ts";
import { isInterrupted } from "./interrupted.ts";
import { showEvents } from "./show-events.ts";

export interface DeploySettings {
  readonly only: string | undefined;
  readonly image: ImageChoice | undefined;
  readonly withoutMigration?: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Deploys, showing how it goes. @returns the exit code. */
export async function runDeploy(io: Io, loaded: LoadedApp, settings: DeploySettings): Promise<number> {
  const only = await partNamed(settings.only);
  const { deploy } = await loadInfra(() => import("@aloft/infra/deploying/deploy"));
  const onEvent = showEvents(io, settings);
  using interrupt = interruptible();
  const options: DeployOptions = {
    app: loaded.app,
    only,
    image: settings.image,
    withoutMigration: settings.withoutMigration === true,
    onEvent,
    signal: interrupt.signal,
    onPlan: (plan) => showPlan(io, plan, loaded.environment, settings),
    confirm: () => confirm(io, "Deploy this?", settings.yes),
    confirmBootstrap: (regions) => {
      const what = `${regions.join(" and ")} was never deployed to by the CDK. Make its bootstrap stack (a bucket and five roles) now?`;
      return confirm(io, what, settings.yes);
    },
  };
  try {
    const report = await deploy(options);
    present(io, loaded, report, settings.json);
    return 0;
  } catch (error) {
    if (!isInterrupted(error)) throw error;
    if (settings.json) printJson(io, { ok: false, error: { code: "interrupted", message: error.message } });
    else io.err.write(`${error.message}\n`);
    return interrupt.exitCode();
  }
}

/** @throws {CliError} there is no such part. */
export async function partNamed(text: string | undefined): Promise<StackPart | undefined> {
  if (text === undefined) return undefined;
  const parts: readonly StackPart[] = ["Network", "Data", "Cluster", "Guard", "Compute", "Monitoring", "Access"];
  const found = parts.find((part) => part.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const names = parts.map((part) => part.toLowerCase()).join(", ");
  throw usageError("invalid_value", `--only cannot be "${text}": it is one of ${names}.`);
}

function showPlan(io: Io, { stacks, confirmation }: DeployPlan, environment: string, { json }: DeploySettings): void {
  if (json) return;
  const paint = painter(io.err, io.env);
  const texts = [changesText(stacks, paint), agreementText(confirmation, paint, environment)].filter(
    (text) => text !== "",
  );
  if (texts.length > 0) io.err.write(`\n${texts.join("\n")}\n`);
}

function present(io: Io, { app, environment }: LoadedApp, report: DeployReport, json: boolean): void {
  if (json) {
    printJson(io, { ok: true, app: app.name, environment, ...report });
    return;
  }
  const lines: string[] = [];
  if (report.url !== undefined) lines.push(`${app.name} (${environment}) is at ${report.url}`);
  const record = report.outputs.Compute?.["DnsRecord"];
  if (record !== undefined) lines.push(`Where the domain's names are kept, this record has to be: ${record}`);
  const policy = report.outputs.Data?.["ReaderPolicy"];
  if (policy !== undefined) lines.push(`Who reads the secrets needs the policy ${policy}`);
  lines.push(
    `Next: aloft status --env ${environment}${report.url === undefined ? "" : `, aloft logs --follow --env ${environment}`}`,
  );
  io.out.write(`${lines.join("\n")}\n`);
}

/** Goes back to an image that worked before. @throws {CliError} there is none. */
export async function previousImage(loaded: LoadedApp, to: string | undefined): Promise<ImageChoice> {
  const { app, environment } = loaded;
  if (app.topology === "library") {
    throw new CliError("nothing_to_roll_back", `${app.name} has no versions: nothing runs in the topology library.`);
  }
  const { ownAccount } = await loadInfra(() => import("@aloft/infra/deploying/own-account"));
  await ownAccount(app);
  const { parametersIn } = await loadInfra(() => import("@aloft/infra/deploying/parameters"));
  const { previousOf, readRecord } = await loadInfra(() => import("@aloft/infra/deploying/record"));
  const record = await readRecord(parametersIn(app.region), app.prefix);
  const found = to === undefined ? previousOf(record) : record.find(({ image }) => image.includes(to));
  if (found !== undefined) return { kind: "uri", uri: found.image };
  const known = record.map(({ image, at }) => `  ${at} ${image}`).join("\n");
  const what = to === undefined ? "There is no version before the one that runs" : `No version that ran is named ${to}`;
  const list = known === "" ? "Nothing was noted down yet" : `Noted down are:\n${known}`;
  throw new CliError(
    "nothing_to_roll_back",
    `${what}. ${list}\nTo run another image: aloft deploy --env ${environment} --image <repository>@sha256:…`,
  );
}
