interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}
const exact = JSON as unknown as ExactJson;

/**
 * The JSON object with some keys set. Everything else stays as it is written: order, indentation, and numbers with more
 * digits than JavaScript keeps.
 */
export function mergeJson(text: string, set: Readonly<Record<string, string>>): string {
  const parsed = exact.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  );
  const merged = new Map(Object.entries(parsed as Record<string, unknown>));
  for (const [key, value] of Object.entries(set)) merged.set(key, value);
  return JSON.stringify(Object.fromEntries(merged), undefined, /^\s*\{\s*\n/.test(text) ? 2 : undefined);
}
