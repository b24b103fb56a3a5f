import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Io, painter, printJson } from "../../io.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";
import { agreementText, changesText } from "./changes-text.ts";
import { partNamed } from "./run-deploy.ts";
import { showEvents } from "./show-events.ts";

export interface DiffSettings {
  readonly only: string | undefined;
  readonly image: string | undefined;
  readonly json: boolean;
}

/** Says what a deployment would change, and changes nothing. */
export async function runDiff(io: Io, { app, environment }: LoadedApp, settings: DiffSettings): Promise<number> {
  const { planChanges } = await loadInfra(() => import("@aloft/infra/deploying/plan-changes"));
  const { deployedStacks, outputsOf } = await loadInfra(() => import("@aloft/infra/deploying/status"));
  const { plannedImage } = await loadInfra(() => import("@aloft/infra/synthesize"));
  const { asking } = await loadInfra(() => import("@aloft/infra/deploying/aws-fault"));
  const { ownAccount } = await loadInfra(() => import("@aloft/infra/deploying/own-account"));
  await ownAccount(app);
  const { states } = await deployedStacks(app);
  const folder = mkdtempSync(join(tmpdir(), "aloft-diff-"));
  try {
    const image = settings.image ?? outputsOf(app, states, "Compute")["Image"] ?? plannedImage;
    const only = await partNamed(settings.only);
    const onEvent = showEvents(io, { json: false, quiet: true });
    const existing = new Set(states.keys());
    const { stacks, confirmation } = await asking("comparing with what is deployed", () =>
      planChanges({ app, only, image, existing, folder, onEvent }),
    );
    const count = stacks.reduce((sum, { changes }) => sum + changes.length, 0);
    if (settings.json) printJson(io, { ok: true, app: app.name, environment, changes: count, stacks, ...confirmation });
    else {
      const paint = painter(io.out, io.env);
      const body = `${changesText(stacks, paint)}\n${agreementText(confirmation, paint, environment)}`.trim();
      io.out.write(count === 0 ? "Nothing differs from what is deployed.\n" : `${body}\n`);
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
