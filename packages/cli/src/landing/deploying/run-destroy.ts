import type { DestroyPlan, DestroyReport } from "@aloft/infra/deploying/destroy";
import type { Leftover } from "@aloft/infra/deploying/leftovers";
import { confirm } from "../../confirm.ts";
import { usageError } from "../../errors.ts";
import { type Io, painter, printJson } from "../../io.ts";
import { interruptible } from "../../moving/interrupt.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";
import { askFor } from "./ask-for.ts";
import { isInterrupted } from "./interrupted.ts";
import { showEvents } from "./show-events.ts";

export interface DestroySettings {
  readonly deleteData: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Destroys, showing how it goes. @returns the exit code. */
export async function runDestroy(io: Io, loaded: LoadedApp, settings: DestroySettings): Promise<number> {
  const { destroy } = await loadInfra(() => import("@aloft/infra/deploying/destroy"));
  using interrupt = interruptible();
  try {
    const report = await destroy({
      app: loaded.app,
      deleteData: settings.deleteData,
      onEvent: showEvents(io, settings),
      signal: interrupt.signal,
      confirm: (plan) => agreeTo(io, loaded, plan, settings),
    });
    if (settings.json) printJson(io, { ok: true, app: loaded.app.name, environment: loaded.environment, ...report });
    else io.out.write(text(loaded, report));
    return 0;
  } catch (error) {
    if (!isInterrupted(error)) throw error;
    if (settings.json) printJson(io, { ok: false, error: { code: "interrupted", message: error.message } });
    else io.err.write(`${error.message}\n`);
    return interrupt.exitCode();
  }
}

async function agreeTo(
  io: Io,
  { app, environment }: LoadedApp,
  { account, removed, stays, emptied }: DestroyPlan,
  { yes, json, deleteData }: DestroySettings,
): Promise<boolean> {
  const paint = painter(io.err, io.env);
  const lines = removed.map(({ name, resources }) => `  ${paint("red", "- removed")} ${name} (${resources} resources)`);
  for (const { name, resources } of stays) lines.push(`  = stays   ${name} (${resources} resources)`);
  for (const name of emptied) lines.push(`  ${paint("red", "- emptied")} ${name}`);
  if (!json) io.err.write(`In account ${account}:\n${lines.join("\n")}\n`);
  if (!deleteData || yes) return confirm(io, `Remove this from ${environment}?`, yes);
  const typed = await askFor(io, `What users stored goes with it, for good. Type the app's name to go on: `);
  if (typed === app.name) return true;
  throw usageError("not_confirmed", `That is not "${app.name}". Nothing was changed.`);
}

function text({ app, environment }: LoadedApp, { removed, stays, leftovers }: DestroyReport): string {
  const lines = [`Removed ${removed.join(", ")}.`];
  if (stays.length > 0) {
    lines.push(
      `Kept ${stays.join(", ")}. To remove what holds data too: aloft destroy --env ${environment} --delete-data`,
    );
  }
  if (leftovers.length === 0) lines.push(`Nothing of ${app.prefix} is left that costs anything.`);
  else lines.push("Still there:", ...leftovers.map(leftoverLine), total(leftovers));
  return `${lines.join("\n")}\n`;
}

function leftoverLine({ id, type, why, monthlyUsd, usdPerGb, state, command }: Leftover): string {
  if (state === "going") return `  ${id} (${type}): ${why}`;
  const price =
    monthlyUsd !== undefined ? `$${monthlyUsd.toFixed(2)} a month` : `$${usdPerGb ?? "?"} a month for each GB in it`;
  return `  ${id} (${type}): ${why} ${price}. To remove it: ${command}`;
}

function total(leftovers: readonly Leftover[]): string {
  const kept = leftovers.filter(({ state }) => state === "kept");
  if (kept.length === 0) return "None of it costs anything.";
  const fixed = kept.reduce((sum, { monthlyUsd }) => sum + (monthlyUsd ?? 0), 0);
  return `That is $${fixed.toFixed(2)} a month, and what is stored.`;
}
