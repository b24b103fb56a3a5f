import { setTimeout as delay } from "node:timers/promises";
import { cookieOf } from "../../packages/server/test/support/backend.ts";
import { type Server, startServer } from "./child.ts";

/** An answer as the client saw it. */
interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly location: string | null;
  readonly text: string;
}

type Kind = "message" | "turn" | "agent" | "key";

/** A write that a client asked for, under an Idempotency-Key of its own. */
interface Write {
  readonly kind: Kind;
  readonly path: string;
  readonly body: unknown;
  /** Unique text by which it is found again. */
  readonly mark: string;
  readonly idempotencyKey: string;
  /** `sent`: no answer came, so it may have happened or not. */
  state: "sent" | "acknowledged" | "refused";
  answer?: Answer;
}

interface Round {
  readonly writes: Write[];
  /** Conversations between people, and conversations with an agent. */
  readonly quiet: readonly string[];
  readonly talking: readonly string[];
}

/** What a crash run did, and everything that was wrong afterwards. */
export interface CrashReport {
  rounds: number;
  kills: number;
  acknowledged: number;
  unanswered: number;
  replayed: number;
  repliesComplete: number;
  repliesInterrupted: number;
  readonly unexpected: string[];
  readonly lost: string[];
  readonly doubled: string[];
  readonly refusedButThere: string[];
  readonly answeredOtherwise: string[];
  readonly gaps: string[];
  readonly turnsWithoutOneReply: string[];
  readonly stuck: string[];
}

/** Mulberry32: the same seed, the same moments. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const env = {
  LOG_LEVEL: "warn",
  ALOFT_USER_RATE: "100000",
  ALOFT_USER_BURST: "100000",
  ALOFT_SERVER_RATE: "100000",
  ALOFT_SERVER_BURST: "100000",
};
const workersOf: Readonly<Record<Kind, number>> = { message: 8, turn: 4, agent: 2, key: 2 };
const settleMs = 60_000;

export interface CrashOptions {
  readonly dataDir: string;
  readonly rounds: number;
  readonly seed: number;
}

/** Writes from many clients at once, kills the server at a random moment, starts it again, looks; `rounds` times. */
export async function crashRun({ dataDir, rounds, seed }: CrashOptions): Promise<CrashReport> {
  const random = randomFrom(seed);
  const report = emptyReport();
  const past: Round[] = [];
  let server = await startServer(dataDir, { env });
  let caller = await callerOf(server);
  const guide: string = JSON.parse((await caller.post("/api/v1/agents", { name: "Talks" })).text).id;
  const acknowledged = (): number => past.flatMap(({ writes }) => writes.filter(isAcknowledged)).length;
  try {
    // A machine with much else to do gets more rounds, so that there is enough to look at.
    while (report.rounds < rounds || (acknowledged() < 100 * rounds && report.rounds < 4 * rounds)) {
      const round = await openRound(caller, guide);
      past.push(round);
      await loadAndKill(server, caller, round, report, { afterMs: 50 + random() * 1200 });
      if (random() < 0.3) await killWhileStarting(dataDir, random() * 400, report);
      server = await startServer(dataDir, { env });
      caller = await callerOf(server);
      await retryUnanswered(caller, round, report);
      await replaySome(caller, past, random, report);
      await settle(caller, round, report);
      await look(caller, [round], past, report);
      report.rounds++;
    }
    await look(caller, past, past, report);
    await server.stop();
  } finally {
    await server[Symbol.asyncDispose]();
  }
  report.acknowledged = acknowledged();
  return report;
}

const isAcknowledged = ({ state }: Write): boolean => state === "acknowledged";

function emptyReport(): CrashReport {
  return {
    rounds: 0,
    kills: 0,
    acknowledged: 0,
    unanswered: 0,
    replayed: 0,
    repliesComplete: 0,
    repliesInterrupted: 0,
    unexpected: [],
    lost: [],
    doubled: [],
    refusedButThere: [],
    answeredOtherwise: [],
    gaps: [],
    turnsWithoutOneReply: [],
    stuck: [],
  };
}

interface Caller {
  readonly get: (path: string) => Promise<any>;
  readonly post: (path: string, body: unknown, idempotencyKey?: string) => Promise<Answer & { replayed: boolean }>;
}

let apiKey: { readonly dataDir: string; readonly headers: Readonly<Record<string, string>> } | undefined;

/** The owner, by the same API key on every server of the run. */
async function callerOf({ ready: { url, signInUrl, dataDir } }: Server): Promise<Caller> {
  if (apiKey?.dataDir !== dataDir) {
    const spent = await fetch(signInUrl, { redirect: "manual" });
    const session = callWith(url, { cookie: cookieOf(spent.headers), "sec-fetch-site": "same-origin" });
    const scopes = ["agents", "conversations", "keys", "profile"].flatMap((area) => [`${area}:read`, `${area}:write`]);
    const made = await session.post("/api/v1/keys", { name: "crash run", scopes });
    apiKey = { dataDir, headers: { authorization: `Bearer ${JSON.parse(made.text).key}` } };
  }
  return callWith(url, apiKey.headers);
}

function callWith(url: string, headers: Readonly<Record<string, string>>): Caller {
  return {
    async get(path) {
      const response = await fetch(url + path, { headers });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async post(path, body, idempotencyKey = crypto.randomUUID()) {
      const response = await fetch(url + path, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "idempotency-key": idempotencyKey },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      const header = (name: string) => response.headers.get(name);
      const replayed = header("idempotency-replayed") === "true";
      return { status: response.status, etag: header("etag"), location: header("location"), text, replayed };
    },
  };
}

async function openRound(caller: Caller, guide: string): Promise<Round> {
  const open = async (agentIds: string[]): Promise<string> => {
    const { text } = await caller.post("/api/v1/conversations", { title: "crash", agentIds });
    return JSON.parse(text).id;
  };
  const quiet = await Promise.all([open([]), open([])]);
  const talking = await Promise.all(Array.from({ length: workersOf.turn }, () => open([guide])));
  return { writes: [], quiet, talking };
}

function newWrite(kind: Kind, worker: number, { quiet, talking }: Round): Write {
  const mark = `mark${crypto.randomUUID().replaceAll("-", "")}`;
  const list = kind === "message" ? quiet : talking;
  const targets: Readonly<Record<Kind, readonly [path: string, body: unknown]>> = {
    message: [`/api/v1/conversations/${list[worker % list.length]}/messages`, { text: mark }],
    turn: [`/api/v1/conversations/${list[worker % list.length]}/messages`, { text: `Hello, ${mark}` }],
    agent: ["/api/v1/agents", { name: mark }],
    key: ["/api/v1/keys", { name: mark, scopes: ["agents:read"] }],
  };
  const [path, body] = targets[kind];
  return { kind, path, body, mark, idempotencyKey: crypto.randomUUID(), state: "sent" };
}

async function loadAndKill(
  server: Server,
  caller: Caller,
  round: Round,
  report: CrashReport,
  { afterMs }: { readonly afterMs: number },
): Promise<void> {
  const killed = new AbortController();
  const work = async (kind: Kind, worker: number): Promise<void> => {
    while (!killed.signal.aborted) {
      const write = newWrite(kind, worker, round);
      round.writes.push(write);
      try {
        const { replayed: _, ...answer } = await caller.post(write.path, write.body, write.idempotencyKey);
        settleWrite(write, answer, report);
        if (write.state === "refused") await delay(20);
      } catch {
        // No answer: it may have happened or not, and stays `sent`.
      }
    }
  };
  const workers = Object.entries(workersOf).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, worker) => work(kind as Kind, worker)),
  );
  await delay(afterMs);
  killed.abort();
  await server.stop("SIGKILL");
  report.kills++;
  await Promise.all(workers);
}

function settleWrite(write: Write, answer: Answer, report: CrashReport): void {
  write.answer = answer;
  if (answer.status === 201) write.state = "acknowledged";
  else if (answer.status === 429) write.state = "refused";
  else report.unexpected.push(`${write.path}: ${answer.status} ${answer.text}`);
}

async function killWhileStarting(dataDir: string, afterMs: number, report: CrashReport): Promise<void> {
  const starting = startServer(dataDir, { env }).then(
    (server) => server.stop("SIGKILL"),
    () => undefined,
  );
  await Promise.race([starting, delay(afterMs)]);
  await starting;
  report.kills++;
}

const same = (a: Answer, b: Answer): boolean =>
  a.status === b.status && a.etag === b.etag && a.location === b.location && a.text === b.text;

/** What a client does that got no answer: asks again, with the same key, until it has one; and once more. */
async function retryUnanswered(caller: Caller, round: Round, report: CrashReport): Promise<void> {
  for (const write of round.writes.filter(({ state }) => state === "sent")) {
    report.unanswered++;
    const first = await caller.post(write.path, write.body, write.idempotencyKey);
    settleWrite(write, first, report);
    if (write.state !== "acknowledged") continue;
    const second = await caller.post(write.path, write.body, write.idempotencyKey);
    if (!second.replayed || !same(first, second)) {
      report.answeredOtherwise.push(`${write.path} ${write.mark}: ${first.text} then ${second.text}`);
    }
  }
}

/** Acknowledged writes of this round and of earlier ones, asked for again. */
async function replaySome(caller: Caller, past: readonly Round[], random: () => number, report: CrashReport) {
  const known = past.flatMap(({ writes }) => writes.filter(isAcknowledged));
  const some = Array.from({ length: Math.min(40, known.length) }, () => known[Math.floor(random() * known.length)]);
  for (const write of some) {
    if (write?.answer === undefined) continue;
    const again = await caller.post(write.path, write.body, write.idempotencyKey);
    report.replayed++;
    if (again.replayed && same(again, write.answer)) continue;
    report.answeredOtherwise.push(`${write.path} ${write.mark}: ${write.answer.text} then ${again.text}`);
  }
}

/** Waits until every turn of the round has ended. */
async function settle(caller: Caller, round: Round, report: CrashReport): Promise<void> {
  const deadline = Date.now() + settleMs;
  for (const id of round.talking) {
    const waits = async (): Promise<boolean> => {
      const { activeTurn } = await caller.get(`/api/v1/conversations/${id}`);
      return activeTurn !== null || (await messagesOf(caller, id)).some(({ pending }) => pending);
    };
    while (await waits()) {
      if (Date.now() > deadline) {
        report.stuck.push(id);
        break;
      }
      await delay(50);
    }
  }
}

async function all(caller: Caller, path: string): Promise<any[]> {
  const items: any[] = [];
  for (let next: string | null = ""; next !== null;) {
    const cursor: string = next === "" ? "" : `&cursor=${encodeURIComponent(next)}`;
    const page = await caller.get(`${path}${path.includes("?") ? "&" : "?"}limit=200${cursor}`);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

const messagesOf = (caller: Caller, id: string) => all(caller, `/api/v1/conversations/${id}/messages?order=asc`);

/** Compares what is there with what was asked for. */
async function look(caller: Caller, rounds: readonly Round[], past: readonly Round[], report: CrashReport) {
  const names = new Map<string, number>();
  for (const path of ["/api/v1/agents", "/api/v1/keys"]) {
    for (const { name } of await all(caller, path)) names.set(name, (names.get(name) ?? 0) + 1);
  }
  const made = past.flatMap(({ writes }) => writes.filter(({ kind }) => kind === "agent" || kind === "key"));
  for (const write of made) compare(write, names.get(write.mark) ?? 0, report);
  for (const round of rounds) await lookAtConversations(caller, round, report);
}

async function lookAtConversations(caller: Caller, round: Round, report: CrashReport): Promise<void> {
  const marks = new Map<string, number>();
  for (const id of [...round.quiet, ...round.talking]) {
    const messages = await messagesOf(caller, id);
    const gap = messages.find(({ sequence }, index) => sequence !== index + 1);
    if (gap !== undefined) report.gaps.push(`${id} at ${gap.sequence}`);
    for (const { author, text } of messages) {
      const mark = /mark[0-9a-f]{32}/.exec(text)?.[0] ?? "";
      if (author.kind === "user") marks.set(mark, (marks.get(mark) ?? 0) + 1);
    }
    if (round.talking.includes(id)) lookAtReplies(id, messages, report);
  }
  for (const write of round.writes) {
    if (write.kind === "message" || write.kind === "turn") compare(write, marks.get(write.mark) ?? 0, report);
  }
}

function compare(write: Write, found: number, report: CrashReport): void {
  const what = `${write.kind} ${write.mark}`;
  if (write.state === "acknowledged" && found === 0) report.lost.push(what);
  if (found > 1) report.doubled.push(what);
  if (write.state === "refused" && found > 0) report.refusedButThere.push(what);
}

/** Every message of a person has one reply: an agent's, or one that says that it was cut off. */
function lookAtReplies(id: string, messages: readonly any[], report: CrashReport): void {
  for (const { author, sequence } of messages) {
    if (author.kind !== "user") continue;
    const [reply, ...more] = messages.filter(({ replyTo }) => replyTo === sequence);
    const complete = reply?.status === "complete" && reply.author.kind === "agent" && reply.text !== "";
    const interrupted = reply?.status === "failed" && reply.error?.code === "interrupted" && reply.error.message !== "";
    if (more.length > 0 || !(complete || interrupted)) report.turnsWithoutOneReply.push(`${id} ${sequence}`);
    if (complete) report.repliesComplete++;
    if (interrupted) report.repliesInterrupted++;
  }
}
