import { createHash } from "node:crypto";
import { ConflictError } from "@aloft/core/errors";
import { storeLimits } from "@aloft/core/ports/store";
import type { AnyTable, KeyValue } from "@aloft/core/tables/define-table";
import { utf8Bytes } from "@aloft/core/tables/size";
import { expiryOf, type AnyItem } from "@aloft/core/tables/validate";
import type { Action } from "./dynamodb-actions.ts";
import { expressions } from "./dynamodb-expressions.ts";
import { metaKey, uniqueTableNameOf } from "./dynamodb-specs.ts";
import { expiresAttribute, expiryRow, hasExpired, toAttribute, type Row } from "./dynamodb-values.ts";

/*
 * A unique value is an item of its own, in a table beside: whoever writes it has the value. It expires as its holder
 * does, and one that has expired is free.
 */

const ownerAttribute = "owner";

/** One unique value: where the item that stands for it is. */
export interface UniqueValue {
  readonly table: AnyTable;
  readonly unique: string;
  readonly name: string;
  readonly id: string;
}

/** The unique values that the item has. */
export function uniqueValuesOf(prefix: string, table: AnyTable, item: AnyItem | undefined): UniqueValue[] {
  return Object.entries(table.unique).flatMap(([unique, attributes]) => {
    const values = attributes.map((attribute) => item?.[attribute]);
    if (values.includes(undefined)) return [];
    return [uniqueValue(prefix, table, unique, values as KeyValue[])];
  });
}

export function uniqueValue(prefix: string, table: AnyTable, unique: string, values: readonly KeyValue[]): UniqueValue {
  const json = JSON.stringify([unique, ...values]);
  const fits = utf8Bytes(json) <= storeLimits.maxPartitionKeyBytes;
  const id = fits ? json : `sha256:${createHash("sha256").update(json).digest("base64url")}`;
  return { table, unique, name: uniqueTableNameOf(prefix, table), id };
}

export function uniqueKey({ id }: UniqueValue): Row {
  return { [metaKey]: { S: id } };
}

/** The values of the holder's key. */
export function ownerOf(table: AnyTable, item: AnyItem): KeyValue[] {
  return table.key.map((name) => item[name] as KeyValue);
}

/** Whose the unique value is; undefined if it is free. */
export function holderOf(row: Row | undefined, now: number): KeyValue[] | undefined {
  const owner = row?.[ownerAttribute]?.L;
  if (row === undefined || owner === undefined || hasExpired(row, now)) return undefined;
  return owner.map((value) => value.S ?? Number(value.N));
}

/** What a transaction does about one unique value, all of its operations taken together. */
export interface UniqueStep {
  readonly value: UniqueValue;
  /** The operation that takes or frees it. */
  readonly operation: number;
  /** Who is known to have had it before the transaction. */
  readonly heldBy: readonly KeyValue[] | undefined;
  /** The item that has it afterwards; undefined if nobody has. */
  readonly holder: AnyItem | undefined;
}

/** The changes of unique values by the operations of a transaction, in their order. */
export interface UniqueChanges {
  /** Says who had a value before. */
  readonly known: (value: UniqueValue, owner: readonly KeyValue[]) => void;
  /**
   * What becomes of the values of an item that an operation changes from `before` to `after`.
   * @throws {ConflictError} `unique`: another item is known to have one.
   */
  readonly apply: (operation: number, table: AnyTable, before: AnyItem | undefined, after: AnyItem | undefined) => void;
  readonly steps: () => UniqueStep[];
}

interface State {
  readonly value: UniqueValue;
  readonly heldBy: readonly KeyValue[] | undefined;
  owner: readonly KeyValue[] | undefined;
  holder: AnyItem | undefined;
  operation: number | undefined;
}

export function uniqueChanges(prefix: string, now: number): UniqueChanges {
  const states = new Map<string, State>();
  const stateOf = (value: UniqueValue): State => {
    const identity = JSON.stringify([value.name, value.id]);
    let state = states.get(identity);
    if (state === undefined) {
      state = { value, heldBy: undefined, owner: undefined, holder: undefined, operation: undefined };
      states.set(identity, state);
    }
    return state;
  };
  return {
    known: (value, owner) => {
      const identity = JSON.stringify([value.name, value.id]);
      states.set(identity, { value, heldBy: owner, owner, holder: undefined, operation: undefined });
    },
    apply: (operation, table, before, after) => {
      const freed = uniqueValuesOf(prefix, table, before);
      const taken = uniqueValuesOf(prefix, table, after);
      const expired = after !== undefined && (expiryOf(table, after) ?? Infinity) <= now;
      for (const value of freed) {
        if (taken.some(({ id }) => id === value.id)) continue;
        const state = stateOf(value);
        Object.assign(state, { owner: undefined, holder: undefined, operation: state.operation ?? operation });
      }
      const expiryStays =
        after !== undefined && before !== undefined && expiryOf(table, before) === expiryOf(table, after);
      for (const value of taken) {
        const state = stateOf(value);
        const mine = after === undefined ? [] : ownerOf(table, after);
        if (state.owner !== undefined && !isSameKey(state.owner, mine)) throw takenError(value, operation);
        if (expiryStays && freed.some(({ id }) => id === value.id)) continue;
        Object.assign(state, {
          owner: expired ? undefined : mine,
          holder: after,
          operation: state.operation ?? operation,
        });
      }
    },
    steps: () =>
      [...states.values()].flatMap(({ value, heldBy, holder, operation }) =>
        operation === undefined ? [] : [{ value, heldBy, holder, operation }],
      ),
  };
}

export function isSameKey(a: readonly KeyValue[], b: readonly KeyValue[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

export function takenError({ table, unique }: UniqueValue, operation: number): ConflictError {
  const attributes = (table.unique[unique] ?? []).join(", ");
  return new ConflictError(`Another item of "${table.name}" has this ${attributes}.`, {
    reason: "unique",
    table: table.name,
    operation,
    unique,
  });
}

/** The write that makes the step. */
export function uniqueAction({ value, heldBy, holder }: UniqueStep, now: number): Action {
  const e = expressions();
  const key = uniqueKey(value);
  const free = [`attribute_not_exists(${e.name(metaKey)})`];
  if (value.table.expires !== undefined) free.push(`${e.name(expiresAttribute)} <= ${e.value(now)}`);
  if (heldBy !== undefined) free.push(`${e.name(ownerAttribute)} = ${e.value(heldBy)}`);
  const condition = {
    TableName: value.name,
    ConditionExpression: free.join(" OR "),
    ...e.attributes(),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  if (holder === undefined) return { Delete: { ...condition, Key: key } };
  const mine = ownerOf(value.table, holder);
  const expiry = expiryRow(expiryOf(value.table, holder));
  return { Put: { ...condition, Item: { ...key, [ownerAttribute]: toAttribute(mine), ...expiry } } };
}
