import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agents } from "@aloft/core/agents/tables";
import { type Backend, startBackend } from "../../server/test/support/backend.ts";
import { runAloft } from "../../../test/support/child.ts";
import { openFolder } from "./support/fill-store.ts";

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await startBackend({ env: { ALOFT_USER_RATE: "10000", ALOFT_USER_BURST: "10000" } });
  folder = mkdtempSync(join(tmpdir(), "aloft-served-"));
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const createAgent = (name: string) => backend.owner.post("/api/v1/agents", { name });

test("[moving.copy.acknowledged] what a running server acknowledged before the last pass ended is in the target", async () => {
  const acknowledged: { readonly id: string; readonly at: number }[] = [];
  const stopping = new AbortController();
  const statuses = new Set<number>();
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { status, body } = await createAgent("busy");
      statuses.add(status);
      if (status === 201) acknowledged.push({ id: body.id, at: Date.now() });
    }
  };
  const writing = Promise.all([write(), write(), write()]);
  const to = join(folder, "busy");
  const args = ["store", "copy", "--from", `sqlite:${backend.dataDir}`, "--to", `sqlite:${to}`];
  const child = runAloft(args, { cwd: folder });
  let frozenAt = 0;
  child.process.stderr?.on("data", (text: string) => {
    if (frozenAt === 0 && text.includes("Last pass")) frozenAt = Date.now();
  });
  const { code, stderr } = await child.ended;
  stopping.abort();
  await writing;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("Verifying") });
  expect([...statuses]).toEqual([201]);
  const before = acknowledged.filter(({ at }) => at < frozenAt);
  expect(before.length).toBeGreaterThan(10);
  await using store = await openFolder(to);
  for (const { id } of before) expect(await store.get(agents, { id })).toBeDefined();
  for (const { id } of acknowledged) expect((await backend.owner.get(`/api/v1/agents/${id}`)).status).toBe(200);
}, 60_000);

test("[moving.copy.hold] while the source is held a server reads on, and answers writes with 503 and when to try again", async () => {
  const to = join(folder, "held");
  const args = ["store", "copy", "--from", `sqlite:${backend.dataDir}`, "--to", `sqlite:${to}`, "--hold"];
  await using child = runAloft(args, { cwd: folder });
  while (!child.stderr().includes("then press Ctrl-C")) await new Promise((resolve) => setTimeout(resolve, 10));
  const [refused, read] = await Promise.all([createAgent("later"), backend.owner.get("/api/v1/agents")]);
  expect(read.status).toBe(200);
  expect(refused).toMatchObject({ status: 503, body: { code: "throttled" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await child.stop("SIGINT")).code).toBe(0);
  expect((await createAgent("later")).status).toBe(201);
}, 60_000);
