import type { Parameters } from "./parameters.ts";

/** A version of the program that was put to work. */
export interface Deployment {
  /** By digest. */
  readonly image: string;
  readonly at: string;
  readonly by: string;
  /** What the program said of itself, if it did. */
  readonly version?: string;
}

/** Standard parameters hold 4 KB. */
const kept = 10;

/** Versions that were put to work, the newest first. */
export async function readRecord(parameters: Parameters, prefix: string): Promise<readonly Deployment[]> {
  const text = await parameters.read(recordName(prefix));
  if (text === undefined) return [];
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? (read as Deployment[]).filter(({ image }) => typeof image === "string") : [];
  } catch {
    return [];
  }
}

/** Notes down what works now. The same image once more is no new version. */
export async function recordDeployment(parameters: Parameters, prefix: string, deployment: Deployment): Promise<void> {
  const before = await readRecord(parameters, prefix);
  const others = before[0]?.image === deployment.image ? before.slice(1) : before;
  await parameters.write(recordName(prefix), JSON.stringify([deployment, ...others].slice(0, kept)));
}

export function recordName(prefix: string): string {
  return `/aloft/${prefix}/deployment/record`;
}

/**
 * The version before the one that works now.
 * @returns undefined if there was none.
 */
export function previousOf(record: readonly Deployment[]): Deployment | undefined {
  const [now] = record;
  return record.find(({ image }) => image !== now?.image);
}
