import { sha256Words } from "@aloft/adapters/moving/hash";
import { type Comparison, verifyStores } from "@aloft/core/moving/verify";
import { tables } from "@aloft/core/tables";
import type { Io } from "../io.ts";
import { openExisting } from "./open-place.ts";
import type { Place } from "./place.ts";
import { differenceLines } from "./present-copy.ts";
import { count, progressDisplay } from "./show-progress.ts";

/** @throws {CliError} @throws {AloftError} a store cannot be read. */
export async function runVerify(
  io: Io,
  { from, to, silent }: { readonly from: Place; readonly to: Place; readonly silent: boolean },
): Promise<Comparison> {
  await using left = await openExisting(from);
  await using right = await openExisting(to);
  const display = progressDisplay(io, { silent });
  try {
    return await verifyStores({ from: left, to: right, tables, hash: sha256Words, onProgress: display.show });
  } catch (error) {
    display.end();
    throw error;
  }
}

/** A line for each table that holds anything, then the differences. */
export function comparisonText({ tables: compared, differences, equal }: Comparison): string {
  const rows = compared.filter(({ from, to }) => from.items > 0 || to.items > 0);
  const width = Math.max(5, ...rows.map(({ table }) => table.length));
  const lines = rows.map(({ table, from, to, differences: found }) => {
    const sides = `${count(from.items).padStart(11)}  ${count(to.items).padStart(11)}`;
    return `${table.padEnd(width)}  ${sides}  ${found === 0 ? "equal" : `${count(found)} differ`}`;
  });
  const head = `${"TABLE".padEnd(width)}  ${"FROM".padStart(11)}  ${"TO".padStart(11)}`;
  const end = equal ? "Both stores are equal, item by item." : "The stores differ. Seen from the second:";
  return `${[head, ...lines, end].join("\n")}\n${differenceLines(differences)}`;
}
