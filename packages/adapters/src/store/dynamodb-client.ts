import { setTimeout as delay } from "node:timers/promises";
import {
  DynamoDBClient,
  type $Command,
  type DynamoDBClientConfig,
  type DynamoDBClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import { UnavailableError } from "@aloft/core/errors";
import { exhausted, faultOf, inDoubt, remember, translateError, type Asked } from "./dynamodb-errors.ts";
import type { StoreRequest } from "./index.ts";

export interface ClientOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Default: what the SDK finds. */
  readonly credentials?: DynamoDBClientConfig["credentials"];
  /** How long a request is tried again in all. Default 5,000. */
  readonly retryBudgetMs?: number | undefined;
  /** How long one attempt may take. Default 3,000. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly onRequest?: ((request: StoreRequest) => void) | undefined;
}

export interface SendOptions {
  /** The name of the table, its prefix included, for messages. */
  readonly table: string;
  /** Whether doing it twice is the same as doing it once. Otherwise it is not tried again when in doubt. */
  readonly idempotent: boolean;
  /** Waited for before every attempt. */
  readonly admit?: () => Promise<void>;
}

/** Any command, by what goes in and what comes out. */
export type AnyCommand<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  DynamoDBClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/**
 * Sends a command, and again while that may help.
 * @throws {ThrottledError} @throws {UnavailableError} @throws {ConflictError} `contention`. A condition that did not
 *   hold, a cancelled transaction and a request that does not fit are thrown as the SDK's own errors.
 */
export type Send = <I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: AnyCommand<I, O>,
  options: SendOptions,
) => Promise<O>;

export interface Connection {
  readonly client: DynamoDBClient;
  readonly send: Send;
  readonly region: () => Promise<string>;
  readonly close: () => void;
}

/** Errors that say how a request stands to what is stored: the caller's to translate. */
const callersOwn = new Set(["ConditionalCheckFailedException", "TransactionCanceledException", "ValidationException"]);

const firstWaitMs = 25;
const longestWaitMs = 1000;

export function connect(options: ClientOptions): Connection {
  const { region, endpoint, credentials, retryBudgetMs = 5000, attemptTimeoutMs = 3000, onRequest } = options;
  const agent = { keepAlive: true, maxSockets: 256, timeout: 15_000 };
  const client = new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: Math.min(2000, attemptTimeoutMs), httpAgent: agent, httpsAgent: agent },
  });
  const regionOf = async (): Promise<string> => {
    const found = client.config.region;
    return typeof found === "function" ? await found() : found;
  };
  const endpointOf = async (): Promise<string | undefined> => {
    const custom = await client.config.endpoint?.();
    if (custom === undefined) return undefined;
    return `${custom.protocol}//${custom.hostname}${custom.port === undefined ? "" : `:${custom.port}`}`;
  };
  const askedOf = async (operation: string, table: string): Promise<Asked> => {
    const none = (): undefined => undefined;
    const [found, at] = await Promise.all([regionOf().catch(none), endpointOf().catch(none)]);
    return { operation, table, region: found ?? "no region", endpoint: at };
  };
  const send: Send = async (command, { table, idempotent, admit }) => {
    const operation = operationOf(command);
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      await admit?.();
      try {
        return await sendOnce(client, command, { operation, table, attemptTimeoutMs, onRequest });
      } catch (error) {
        const fault = faultOf(error);
        if (fault === "final") {
          const asked = await askedOf(operation, table);
          if (!(error instanceof Error) || !callersOwn.has(error.name)) throw translateError(error, asked);
          remember(error, asked);
          throw error;
        }
        if (fault === "doubtful" && !idempotent) throw inDoubt(error, await askedOf(operation, table));
        const wait = Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
        const elapsed = performance.now() - started;
        if (elapsed + wait > retryBudgetMs) {
          throw exhausted(error, fault, await askedOf(operation, table), elapsed);
        }
        await delay(wait);
      }
    }
  };
  return { client, send, region: regionOf, close: () => client.destroy() };
}

interface Attempt {
  readonly operation: string;
  readonly attemptTimeoutMs: number;
  readonly table: string;
  readonly onRequest: ClientOptions["onRequest"];
}

async function sendOnce<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  client: DynamoDBClient,
  command: AnyCommand<I, O>,
  { operation, table, attemptTimeoutMs, onRequest }: Attempt,
): Promise<O> {
  if (accounted.has(operation)) Object.assign(command.input, { ReturnConsumedCapacity: "TOTAL" });
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new UnavailableError(`No answer within ${attemptTimeoutMs} ms.`));
  }, attemptTimeoutMs);
  let output: O | undefined;
  try {
    output = await client.send(command, { abortSignal: timeout.signal });
    return output;
  } catch (error) {
    if (timeout.signal.aborted) throw timedOut(attemptTimeoutMs, error);
    throw error;
  } finally {
    clearTimeout(timer);
    onRequest?.({ operation, table, ...unitsOf(operation, output) });
  }
}

function timedOut(ms: number, cause: unknown): Error {
  const error = new Error(`no answer within ${ms} ms`, { cause });
  error.name = "TimeoutError";
  return error;
}

/** By the name in the service's model: bundlers may rename classes. */
function operationOf(command: { readonly schema?: unknown; readonly constructor: { readonly name: string } }): string {
  const { schema } = command;
  const name: unknown = Array.isArray(schema) ? schema[2] : undefined;
  return typeof name === "string" ? name : command.constructor.name.replace(/Command$/, "");
}

const reading = new Set(["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]);
const accounted = new Set([...reading, "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

/** What the answer says it has cost; an error says nothing. */
function unitsOf(operation: string, output: object | undefined): { readUnits?: number; writeUnits?: number } {
  if (output === undefined || !("ConsumedCapacity" in output) || output.ConsumedCapacity === undefined) return {};
  const parts = [output.ConsumedCapacity].flat() as { readonly CapacityUnits?: number }[];
  const units = parts.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  return reading.has(operation) ? { readUnits: units } : { writeUnits: units };
}
