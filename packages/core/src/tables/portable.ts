import type { Issue } from "../errors.ts";
import { storeLimits } from "../ports/store.ts";

/** Collects what is found while values are walked. */
export interface Findings {
  readonly issues: Issue[];
  /** At least as many bytes as DynamoDB would count: cheap to keep, and mostly all that is needed. */
  bytesAtMost: number;
}

const smallest = 1e-130;
const largest = 9.99e125;

/** Why no engine could keep the text, or undefined if all can. */
export function textFault(text: string): string | undefined {
  if (!text.isWellFormed()) return "must not hold a lone surrogate";
  if (text.includes("\0")) return "must not hold U+0000";
  return undefined;
}

/** Why no engine could keep the number, or undefined if all can. */
export function numberFault(value: number): string | undefined {
  if (!Number.isFinite(value)) return "must be finite";
  const size = Math.abs(value);
  if (size !== 0 && (size < smallest || size > largest)) return `must be 0 or of a size from ${smallest} to ${largest}`;
  return undefined;
}

/**
 * Checks a value against what every engine can keep, and makes it what comes back: without `undefined` attributes and
 * without a negative zero. Nothing is copied unless it must change.
 */
export function portable(value: unknown, path: string, depth: number, findings: Findings): unknown {
  switch (typeof value) {
    case "string":
      findings.bytesAtMost += value.length * 3;
      report(textFault(value), path, findings);
      return value;
    case "number":
      findings.bytesAtMost += 22;
      report(numberFault(value), path, findings);
      return value === 0 ? 0 : value;
    case "boolean":
      findings.bytesAtMost += 1;
      return value;
    case "object":
      if (value === null) {
        findings.bytesAtMost += 1;
        return value;
      }
      if (depth > storeLimits.maxDepth) {
        report(`must not nest deeper than ${storeLimits.maxDepth} levels`, path, findings);
        return value;
      }
      findings.bytesAtMost += 3;
      return Array.isArray(value)
        ? portableArray(value, path, depth, findings)
        : portableObject(value, path, depth, findings);
    default:
      report("must be text, a number, a boolean, null, a list or an object", path, findings);
      return value;
  }
}

function report(fault: string | undefined, path: string, findings: Findings): void {
  if (fault !== undefined) findings.issues.push({ path, message: fault });
}

function portableArray(value: readonly unknown[], path: string, depth: number, findings: Findings): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const kept = portable(value[i], `${path}.${i}`, depth + 1, findings);
    findings.bytesAtMost += 1;
    if (!Object.is(kept, value[i])) (copy ??= [...value])[i] = kept;
  }
  return copy ?? value;
}

function portableObject(value: object, path: string, depth: number, findings: Findings): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    report("must be a plain object", path, findings);
    return value;
  }
  const entries = Object.entries(value);
  let changed = false;
  for (const entry of entries) {
    const [name, element] = entry;
    if (element === undefined) {
      changed = true;
      continue;
    }
    const elementPath = `${path}.${name}`;
    report(textFault(name), elementPath, findings);
    findings.bytesAtMost += name.length * 3 + 1;
    entry[1] = portable(element, elementPath, depth + 1, findings);
    changed ||= !Object.is(entry[1], element);
  }
  return changed ? Object.fromEntries(entries.filter((entry) => entry[1] !== undefined)) : value;
}
