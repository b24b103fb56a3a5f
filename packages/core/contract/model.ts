import type { AnyChange, AnyCondition, Operation } from "../src/ports/store.ts";

/*
 * A store as plain data, for one table. It is written apart from the engines' shared code on purpose, so that a fault
 * there is not repeated here.
 */

export interface ModelItem {
  readonly group: string;
  readonly name: string;
  readonly label?: string;
  readonly tag?: string;
  readonly count?: number;
  readonly expiresAt?: string;
  readonly version: number;
}

/** Every item ever written and not replaced, by key; some may have expired. */
export type ModelState = ReadonlyMap<string, ModelItem>;
export type ModelResult = { readonly value: unknown } | { readonly error: object };

export type ModelCall =
  | { readonly kind: "write"; readonly operation: Operation }
  | { readonly kind: "transact"; readonly operations: readonly Operation[] }
  | { readonly kind: "get"; readonly group: string; readonly name: string }
  | { readonly kind: "getUnique"; readonly label: string }
  | { readonly kind: "list"; readonly by: "group" | "tag"; readonly value: string; readonly descending: boolean };

export const tableName = "contract_model";

/** What the call comes to, and the state after it. */
export function runModel(state: ModelState, call: ModelCall, now: number): [ModelResult, ModelState] {
  if (call.kind === "write") {
    const draft = new Map(state);
    const result = applyToModel(draft, call.operation, 0, now);
    return "error" in result ? [result, state] : [result, draft];
  }
  if (call.kind === "transact") {
    const draft = new Map(state);
    for (const [i, operation] of call.operations.entries()) {
      const result = applyToModel(draft, operation, i, now);
      if ("error" in result) return [result, state];
    }
    return [{ value: undefined }, draft];
  }
  return [{ value: readModel(state, call, now) }, state];
}

function readModel(state: ModelState, call: ModelCall, now: number): unknown {
  const live = [...state.values()].filter((item) => isLive(item, now));
  if (call.kind === "get") return live.find((item) => item.group === call.group && item.name === call.name);
  if (call.kind === "getUnique") return live.find((item) => item.label === call.label);
  if (call.kind !== "list") throw new TypeError(`not a read: ${call.kind}`);
  const found = live
    .filter((item) => (call.by === "group" ? item.group === call.value : item.tag === call.value))
    .filter((item) => call.by === "group" || item.count !== undefined)
    .sort(
      (a, b) =>
        (call.by === "group" ? 0 : (a.count ?? 0) - (b.count ?? 0)) || bytes(a.group, b.group) || bytes(a.name, b.name),
    );
  return call.descending ? found.reverse() : found;
}

function bytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isLive(item: ModelItem | undefined, now: number): item is ModelItem {
  return item !== undefined && (item.expiresAt === undefined || new Date(item.expiresAt).getTime() > now);
}

function applyToModel(draft: Map<string, ModelItem>, operation: Operation, at: number, now: number): ModelResult {
  const target = (operation.kind === "create" || operation.kind === "put"
    ? operation.item
    : operation.key) as unknown as ModelItem;
  const key = JSON.stringify([target.group, target.name]);
  const found = draft.get(key);
  const existing = isLive(found, now) ? found : undefined;
  const conflict = (reason: string, more: object = {}): ModelResult => ({
    error: { code: "conflict", reason, table: tableName, operation: at, ...more },
  });
  if (operation.kind === "create") {
    if (existing !== undefined) return conflict("exists");
    return store(draft, key, { ...target, version: 1 }, conflict, now);
  }
  if (operation.if !== undefined && (existing === undefined || !isTrue(operation.if, existing))) {
    return conflict("condition");
  }
  switch (operation.kind) {
    case "put":
      return store(draft, key, { ...target, version: (existing?.version ?? 0) + 1 }, conflict, now);
    case "update":
      if (existing === undefined) return { error: { code: "not_found" } };
      return store(draft, key, changed(existing, operation.change), conflict, now);
    case "delete":
      draft.delete(key);
      return { value: undefined };
    default:
      return { value: undefined };
  }
}

function store(
  draft: Map<string, ModelItem>,
  key: string,
  item: ModelItem,
  conflict: (reason: string, more: object) => ModelResult,
  now: number,
): ModelResult {
  const holder = [...draft].find(([other, { label }]) => other !== key && label !== undefined && label === item.label);
  if (holder !== undefined && isLive(holder[1], now)) return conflict("unique", { unique: "label" });
  if (holder !== undefined) draft.delete(holder[0]);
  draft.set(key, item);
  return { value: item };
}

function changed(item: ModelItem, change: AnyChange): ModelItem {
  const result: Record<string, unknown> = { ...item, ...change.set };
  change.remove?.forEach((name) => Reflect.deleteProperty(result, name));
  for (const [name, amount] of Object.entries(change.add ?? {}))
    result[name] = ((result[name] ?? 0) as number) + amount;
  return { ...(result as unknown as ModelItem), version: item.version + 1 };
}

function isTrue(condition: AnyCondition, item: ModelItem): boolean {
  return Object.entries(condition).every(([name, expected]) => {
    const actual = (item as unknown as Record<string, unknown>)[name];
    if (expected === null || typeof expected !== "object") return actual === expected;
    const { eq, ne, gt, lte, exists, in: oneOf } = expected;
    return [
      eq === undefined || actual === eq,
      ne === undefined || actual !== ne,
      gt === undefined || (typeof actual === "number" && actual > Number(gt)),
      lte === undefined || (typeof actual === "number" && actual <= Number(lte)),
      exists === undefined || exists === (actual !== undefined),
      oneOf === undefined || oneOf.includes(actual as string),
    ].every(Boolean);
  });
}
