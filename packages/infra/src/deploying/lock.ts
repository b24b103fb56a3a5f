import { randomUUID } from "node:crypto";
import { DeployError } from "./deploy-error.ts";
import type { Parameters } from "./parameters.ts";

/** Who deploys at the moment. */
export interface Holder {
  readonly id: string;
  readonly by: string;
  readonly doing: string;
  readonly since: string;
  /** When it was last seen at work. */
  readonly seen: string;
}

export interface LockOptions {
  readonly prefix: string;
  readonly by: string;
  readonly doing: string;
  readonly parameters: Parameters;
  readonly now?: () => number;
}

/** How often a holder says that it is still at work, and after how long without it is taken for gone. */
const seenEveryMs = 30_000;
const goneAfterMs = 120_000;

/**
 * Lets one deployment of an app's environment run at a time, beyond what CloudFormation itself holds apart: image, migration and
 * service belong together. A process that was killed is taken for gone after two minutes.
 * @throws {DeployError} `deploy_under_way`, with whose it is and what to do.
 */
export async function lockDeployment(options: LockOptions): Promise<AsyncDisposable> {
  const { prefix, by, doing, parameters, now = Date.now } = options;
  const name = lockName(prefix);
  const time = () => new Date(now()).toISOString();
  const own: Holder = { id: randomUUID(), by, doing, since: time(), seen: time() };
  if (!(await parameters.create(name, JSON.stringify(own)))) await takeOver(name, own, options);
  const beat = setInterval(() => {
    // What keeps it from being written shows in the deployment itself.
    parameters.write(name, JSON.stringify({ ...own, seen: time() })).catch(() => undefined);
  }, seenEveryMs);
  beat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      // Credentials that expired meanwhile cannot remove it: it is taken for gone soon.
      await parameters.remove(name).catch(() => undefined);
    },
  };
}

export function lockName(prefix: string): string {
  return `/aloft/${prefix}/deployment/lock`;
}

async function takeOver(name: string, own: Holder, { parameters, now = Date.now }: LockOptions): Promise<void> {
  const holder = readHolder(await parameters.read(name));
  const silentMs = holder === undefined ? Infinity : now() - Date.parse(holder.seen);
  if (holder !== undefined && silentMs < goneAfterMs) throw underWay(holder, silentMs);
  await parameters.remove(name);
  if (await parameters.create(name, JSON.stringify(own))) return;
  const other = readHolder(await parameters.read(name));
  throw underWay(other ?? own, 0);
}

function underWay({ by, doing, since }: Holder, silentMs: number): DeployError {
  const rest = Math.max(1, Math.ceil((goneAfterMs - silentMs) / 1000));
  return new DeployError(
    "deploy_under_way",
    `${by} began "${doing}" at ${since}, and it is still running. Wait until it has ended, then give the command again. ` +
      `If that process was killed, the way is free in ${rest} seconds. Nothing was changed.`,
  );
}

function readHolder(text: string | undefined): Holder | undefined {
  if (text === undefined) return undefined;
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.seen === "string" ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
