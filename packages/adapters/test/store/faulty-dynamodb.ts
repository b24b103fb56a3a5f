import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request instead of what should. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly type: string;
      readonly message?: string;
      readonly body?: object;
    }
  /** Somebody else comes first. */
  | { readonly kind: "after"; readonly others: () => Promise<unknown> }
  /** The connection is cut before DynamoDB has seen the request, or after it has done it. */
  | { readonly kind: "cut"; readonly done: boolean }
  /** There is never an answer. */
  | { readonly kind: "stall"; readonly done: boolean };

export interface FaultyDynamodb extends AsyncDisposable {
  readonly url: string;
  /** Gives the fault to the next requests of the operation: as many as `times`, one if nothing is said. */
  readonly fail: (operation: string, fault: Fault, times?: number) => void;
  /** The operations that were asked for, faulty ones included, since it was last asked. */
  readonly seen: () => string[];
}

/** Stands before a DynamoDB and, when told, does to requests what networks and AWS do to them. */
export async function faultyDynamodb(target: string): Promise<FaultyDynamodb> {
  const planned = new Map<string, { readonly fault: Fault; times: number }>();
  let seen: string[] = [];
  const server = createServer((incoming, answer) => {
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    seen.push(operation);
    const plan = planned.get(operation);
    if (plan === undefined || plan.times === 0) return forward(target, incoming, answer, true);
    plan.times--;
    misbehave(target, incoming, answer, plan.fault);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (operation, fault, times = 1) => planned.set(operation, { fault, times }),
    seen: () => {
      const all = seen;
      seen = [];
      return all;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function misbehave(target: string, incoming: IncomingMessage, answer: ServerResponse, fault: Fault): void {
  if (fault.kind === "after") {
    void fault.others().finally(() => forward(target, incoming, answer, true));
    return;
  }
  if (fault.kind === "answer") {
    incoming.resume();
    answer.writeHead(fault.status, { "content-type": "application/x-amz-json-1.0" });
    answer.end(
      JSON.stringify({
        __type: `com.amazonaws.dynamodb.v20120810#${fault.type}`,
        message: fault.message ?? "",
        ...fault.body,
      }),
    );
    return;
  }
  const then = (): void => {
    if (fault.kind === "cut") incoming.socket.destroy();
  };
  if (fault.done) forward(target, incoming, answer, false, then);
  else {
    incoming.resume();
    incoming.on("end", then);
  }
}

function forward(
  target: string,
  incoming: IncomingMessage,
  answer: ServerResponse,
  reply: boolean,
  then: () => void = () => undefined,
): void {
  const { method, headers } = incoming;
  const outgoing = request(target, { method, headers }, (real) => {
    if (reply) {
      answer.writeHead(real.statusCode ?? 500, real.headers);
      real.pipe(answer);
    } else {
      real.resume();
      real.on("end", then);
    }
  });
  outgoing.on("error", () => incoming.socket.destroy());
  incoming.pipe(outgoing);
}
