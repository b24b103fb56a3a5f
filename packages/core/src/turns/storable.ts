import type { ToolUse } from "../conversations/tables.ts";
import { storeLimits } from "../ports/store.ts";
import { numberFault } from "../tables/portable.ts";
import { utf8Bytes } from "../tables/size.ts";
import type { Json } from "../values.ts";

/** Levels of a tool's input or output that are kept: its message and the list of its uses are around it. */
const maxLevels = storeLimits.maxDepth - 8;
/** Of all tool uses of a reply together. */
const maxUsesBytes = 120 * 1024;

/** Text as a store takes it: no U+0000, no half characters. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Any value as JSON that a store takes. Numbers out of its range become text; what nests too deep is left out. */
export function storableJson(value: unknown): Json {
  return kept(asJson(value), maxLevels);
}

function asJson(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null") as Json;
  } catch {
    return "(cannot be written as JSON)";
  }
}

function kept(value: Json, levels: number): Json {
  if (typeof value === "string") return storableText(value);
  if (typeof value === "number") return numberFault(value) === undefined ? value : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return "(nested too deep to keep)";
  if (Array.isArray(value)) return value.map((item) => kept(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [storableText(name), kept(item, levels - 1)]));
}

/** The tool uses as far as a message has room for them: then only that there were some, then not even that. */
export function fittedUses(uses: readonly ToolUse[]): ToolUse[] {
  let left = maxUsesBytes;
  return uses.flatMap((use) => {
    const short: ToolUse = { id: use.id, name: use.name, input: null, output: "(too long to keep)" };
    const fitting = [use, short].find((one) => utf8Bytes(JSON.stringify(one)) <= left);
    if (fitting === undefined) return [];
    left -= utf8Bytes(JSON.stringify(fitting));
    return [fitting];
  });
}
