import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * What the proxy does to connections, those that are open and those to come.
 * - `pass`: nothing.
 * - `refuse`: resets every new connection at once; open ones go on.
 * - `stall`: takes everything and forwards nothing, in either direction.
 * - `slow`: at most so many bytes a second each way, each piece late by `latencyMs`.
 * - `lose-answers`: forwards what clients ask, and cuts the connection when the server answers.
 */
export type Fault =
  | { readonly kind: "pass" | "refuse" | "stall" | "lose-answers" }
  | { readonly kind: "slow"; readonly bytesPerSecond: number; readonly latencyMs: number };

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on. What was stalled goes on when another fault is set. */
  set(fault: Fault): void;
  /** Resets every connection that is open, in the middle of whatever it does. @returns how many. */
  cut(): number;
  /** How many connections were taken, and how often a fault was done to one. */
  readonly counts: { readonly connections: number; readonly faults: number };
}

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Default: any free port. */
  readonly listenOn?: number;
}

/** A TCP proxy on 127.0.0.1 that does to connections what networks do. */
export async function tcpProxy({ host, port, listenOn = 0 }: ProxyOptions): Promise<TcpProxy> {
  let fault: Fault = { kind: "pass" };
  const counts = { connections: 0, faults: 0 };
  const pairs = new Set<Pair>();
  const server = createServer({ noDelay: true }, (client) => {
    counts.connections++;
    if (fault.kind === "refuse") {
      counts.faults++;
      client.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const upstream = connect({ host, port, noDelay: true });
    const pair: Pair = { client, upstream, resume: [] };
    pairs.add(pair);
    const drop = (): void => {
      pairs.delete(pair);
      for (const socket of [client, upstream]) {
        if (!socket.destroyed) socket.resetAndDestroy();
      }
    };
    const lost = (): void => {
      counts.faults++;
      drop();
    };
    pipe(pair, { from: client, to: upstream, answers: false, fault: () => fault, lost });
    pipe(pair, { from: upstream, to: client, answers: true, fault: () => fault, lost });
    for (const socket of [client, upstream]) socket.on("error", drop).on("close", drop);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(listenOn, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    set: (next) => {
      fault = next;
      if (next.kind === "stall" || next.kind === "slow") counts.faults++;
      if (next.kind !== "stall") for (const { resume } of pairs) for (const go of resume.splice(0)) go();
    },
    cut: () => {
      const open = [...pairs];
      for (const { client, upstream } of open) for (const socket of [client, upstream]) socket.resetAndDestroy();
      pairs.clear();
      counts.faults += open.length;
      return open.length;
    },
    async [Symbol.asyncDispose]() {
      for (const { client, upstream } of pairs) for (const socket of [client, upstream]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Each forwards what a stall has held back. */
  readonly resume: (() => void)[];
}

interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly answers: boolean;
  readonly fault: () => Fault;
  readonly lost: () => void;
}

/** Forwards piece by piece, one after the other, as the fault of the moment has it. */
function pipe(pair: Pair, { from, to, answers, fault, lost }: PipeOptions): void {
  const forward = (piece: Buffer): void => {
    if (to.destroyed) return;
    to.write(piece, () => from.resume());
  };
  const handle = (piece: Buffer): void => {
    const now = fault();
    if (now.kind === "stall") {
      pair.resume.push(() => handle(piece));
      return;
    }
    if (now.kind === "lose-answers" && answers) {
      lost();
      return;
    }
    if (now.kind === "slow") {
      setTimeout(() => forward(piece), now.latencyMs + (1000 * piece.length) / now.bytesPerSecond);
      return;
    }
    forward(piece);
  };
  from.on("data", (piece: Buffer) => {
    from.pause();
    handle(piece);
  });
  from.on("end", () => to.end());
}
