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
 * Checks a value against what every engine can keep. What comes back is what will be read: a copy, without `undefined`
 * attributes and without a negative zero.
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
  findings.bytesAtMost += value.length;
  return Array.from(value, (element, i) => portable(element, `${path}.${i}`, depth + 1, findings));
}

function portableObject(value: object, path: string, depth: number, findings: Findings): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    report("must be a plain object", path, findings);
    return value;
  }
  const copy: Record<string, unknown> = {};
  for (const [name, element] of Object.entries(value)) {
    if (element === undefined) continue;
    const elementPath = `${path}.${name}`;
    report(textFault(name), elementPath, findings);
    findings.bytesAtMost += name.length * 3 + 1;
    const kept = portable(element, elementPath, depth + 1, findings);
    if (name === "__proto__") Object.defineProperty(copy, name, { value: kept, enumerable: true });
    else copy[name] = kept;
  }
  return copy;
}
