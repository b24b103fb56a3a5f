import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { conversations } from "@aloft/core/conversations/tables";
import { ThrottledError } from "@aloft/core/errors";
import type { Store } from "@aloft/core/ports/store";
import { schemaVersion, tables } from "@aloft/core/tables";
import { dynamodbStore } from "../../adapters/src/store/dynamodb.ts";
import { postgresStore } from "../../adapters/src/store/postgres.ts";
import { dropTables, testPlace } from "../../adapters/src/store/testing/dynamodb.ts";
import { createTestDatabase } from "../../adapters/src/store/testing/postgres.ts";
import { type Child, runAloft } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { fillStore, itemsOf, openFolder } from "./support/fill-store.ts";

const messageCount = Number(process.env["ALOFT_COPY_MESSAGES"] ?? 6000);
const timeout = 60_000 + messageCount * 4;

interface Target extends AsyncDisposable {
  /** As `--to` takes it. */
  readonly place: string;
  readonly env: Readonly<Record<string, string>>;
  /** Opens it as a server would. */
  readonly openStore: () => Promise<Store>;
}

const engines: readonly {
  readonly name: string;
  readonly testResuming: (run: () => Promise<void>) => void;
  readonly probe: () => Promise<unknown>;
  readonly open: () => Promise<Target>;
}[] = [
  {
    name: "PostgreSQL",
    testResuming: (run) =>
      test("[moving.copy.postgres] killed three times it goes on, and is verified equal", { timeout }, run),
    probe: () => service("postgres-18"),
    open: async () => {
      const database = await createTestDatabase(() => service("postgres-18"));
      const env = { TARGET_URL: database.url };
      const openStore = () => postgresStore({ url: database.url, tables, schemaVersion });
      return { place: "env:TARGET_URL", env, openStore, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
    },
  },
  {
    name: "DynamoDB",
    testResuming: (run) =>
      test("[moving.copy.dynamodb] killed three times it goes on, and is verified equal", { timeout }, run),
    probe: () => service("dynamodb"),
    open: async () => {
      const { url } = await service("dynamodb");
      const settings = testPlace(url);
      const { region, tablePrefix, credentials } = settings;
      const env = {
        AWS_ENDPOINT_URL_DYNAMODB: url,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      };
      const openStore = () => dynamodbStore({ ...settings, tables, schemaVersion, setUp: "verify" });
      const close = () => dropTables(settings, tables);
      return { place: `dynamodb:${region}/${tablePrefix}`, env, openStore, [Symbol.asyncDispose]: close };
    },
  },
];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aloft-moving-"));
  await using store = await openFolder(join(folder, "source"));
  await fillStore(store, messageCount);
}, timeout);
afterAll(() => rmSync(folder, { recursive: true }));

for (const { name, testResuming, probe, open } of engines) {
  const here = await available(name, probe);
  describe.runIf(here)(`SQLite to ${name}`, () => {
    let target: Target;
    beforeAll(async () => {
      target = await open();
    });
    afterAll(() => target[Symbol.asyncDispose]());

    const source = () => `sqlite:${join(folder, "source")}`;
    const journal = () => join(folder, `${name}.json`);
    const aloft = (...args: string[]) => {
      const child = runAloft(["store", ...args], { cwd: folder, env: target.env });
      onTestFinished(() => child[Symbol.asyncDispose]());
      return child;
    };
    const finished = async (child: Child): Promise<any> => {
      const { code, stdout, stderr } = await child.ended;
      expect({ code, stderr, ok: JSON.parse(stdout || "{}").ok }, stdout).toEqual({ code: 0, stderr: "", ok: true });
      return JSON.parse(stdout);
    };

    testResuming(async () => {
      const start = () => aloft("copy", "--from", source(), "--to", target.place, "--journal", journal());
      let loaded = 0;
      for (let kill = 1; kill <= 2; kill++) {
        await using child = start();
        await until(child, () => loadedItems(journal()) > loaded);
        const { signal } = await child.stop("SIGKILL");
        expect(signal).toBe("SIGKILL");
        loaded = loadedItems(journal());
        expect(loaded).toBeLessThan(itemsOf(messageCount));
      }
      await using third = start();
      await until(third, () => third.stderr().includes("Last pass"));
      expect((await third.stop("SIGKILL")).signal).toBe("SIGKILL");
      const report = await finished(
        aloft("copy", "--from", source(), "--to", target.place, "--journal", journal(), "--json"),
      );
      expect(report).toMatchObject({ items: itemsOf(messageCount), resumed: true, differences: [] });
      expect(existsSync(journal())).toBe(false);
      const compared = await finished(aloft("verify", "--from", source(), "--to", target.place, "--json"));
      expect(compared.tables.reduce((sum: number, { to }: any) => sum + to.items, 0)).toBe(itemsOf(messageCount));
    });

    test(`[moving.copy.back] what is in ${name} comes back as it was`, { timeout }, async () => {
      const back = `sqlite:${join(folder, `back-${name}`)}`;
      const report = await finished(aloft("copy", "--from", target.place, "--to", back, "--json"));
      expect(report).toMatchObject({ items: itemsOf(messageCount), differences: [], frozenMs: expect.any(Number) });
      await finished(aloft("verify", "--from", source(), "--to", back, "--json"));
    });

    test(
      `[moving.copy.live] while ${name} is written, all that was acknowledged is in the copy`,
      { timeout },
      async () => {
        await using store = await target.openStore();
        const writer = hammer(store);
        const to = join(folder, `live-${name}`);
        await using child = aloft("copy", "--from", target.place, "--to", `sqlite:${to}`, "--hold");
        await until(child, () => child.stderr().includes("then press Ctrl-C"));
        const told = new Map(writer.told);
        expect((await child.stop("SIGINT")).code).toBe(0);
        await writer.stop();
        await using copied = await openFolder(to);
        const found = new Map<string, number>();
        for (const id of told.keys()) found.set(id, (await copied.get(conversations, { id }))?.version ?? 0);
        expect(told.size).toBeGreaterThan(10);
        expect(found).toEqual(told);
        for (const [id, version] of writer.told)
          expect((await store.get(conversations, { id }))?.version ?? 0).toBe(version);
        for (const id of writer.told.keys()) await store.delete(conversations, { id });
      },
    );

    test(`[moving.backup.consistent] a backup of ${name} restores to what was there`, { timeout }, async () => {
      const file = join(folder, `${name}.backup`);
      expect(await finished(aloft("backup", file, "--from", target.place, "--json"))).toMatchObject({
        items: itemsOf(messageCount),
      });
      const restored = `sqlite:${join(folder, `restored-${name}`)}`;
      await finished(aloft("restore", file, "--to", restored, "--json"));
      await finished(aloft("verify", "--from", source(), "--to", restored, "--json"));
      expect(readdirSync(folder).filter((entry) => entry.startsWith("."))).toEqual([]);
    });

    test(
      `[moving.place.missing] ${name} without tables is no source, and what to run is said`,
      { timeout },
      async () => {
        await using empty = await open();
        const args = ["store", "copy", "--from", empty.place, "--to", `sqlite:${join(folder, "nothing")}`];
        const { code, stderr } = await runAloft(args, { cwd: folder, env: empty.env }).ended;
        expect(code).toBe(1);
        expect(stderr).toContain("aloft store migrate");
        expect(existsSync(join(folder, "nothing"))).toBe(false);
      },
    );

    test(`[moving.copy.not-empty] ${name} that is not empty is refused`, { timeout }, async () => {
      const { code, stderr } = await aloft("copy", "--from", source(), "--to", target.place).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/is not empty: about users [\d,]+, .*messages [\d,]+/);
    });
  });
}

describe.runIf(await available("PostgreSQL", () => service("postgres-18")))("PostgreSQL refuses", () => {
  test.each(["password", "pathname"] as const)(
    "[moving.place.unreachable] a wrong %s is named with what to correct, and the password is not shown",
    async (part) => {
      const url = new URL((await service("postgres-18")).url);
      const { password } = url;
      url[part] = "/wrong-one";
      const args = ["store", "verify", "--from", `sqlite:${join(folder, "source")}`, "--to", "env:TARGET_URL"];
      const { code, stdout, stderr } = await runAloft(args, { cwd: folder, env: { TARGET_URL: url.href } }).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(part === "password" ? /refused the user or the password/ : /wrong-one/);
      expect(stderr).not.toContain("Nobody foresaw");
      expect(stderr).not.toContain(part === "password" ? "/wrong-one" : password);
    },
  );
});

/** Writes without a pause, and notes the version last acknowledged of each item, 0 when deleted. */
function hammer(store: Store): { readonly told: Map<string, number>; readonly stop: () => Promise<void> } {
  const told = new Map<string, number>();
  const stopping = new AbortController();
  const conversation = { organizationId: "org_1", title: "Busy", createdBy: "usr_1" };
  const run = async (client: number): Promise<void> => {
    for (let i = 0; !stopping.signal.aborted; i++) {
      const id = `cnv_busy_${client}_${i % 40}`;
      const createdAt = new Date().toISOString();
      try {
        if ((told.get(id) ?? 0) === 0)
          told.set(id, (await store.create(conversations, { ...conversation, id, createdAt })).version);
        else if (i % 5 === 0) {
          await store.delete(conversations, { id });
          told.set(id, 0);
        } else told.set(id, (await store.update(conversations, { id }, { set: { title: `Busy ${i}` } })).version);
      } catch (error) {
        if (!(error instanceof ThrottledError)) throw error;
      }
    }
  };
  const running = Promise.all([run(1), run(2), run(3)]);
  return {
    told,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function loadedItems(path: string): number {
  try {
    const { loaded } = JSON.parse(readFileSync(path, "utf8")) as { loaded: Record<string, { items: number }> };
    return Object.values(loaded).reduce((sum, { items }) => sum + items, 0);
  } catch {
    return 0;
  }
}

/** Waits for something that a program brings about. @throws what it said if it ends before. */
async function until(child: Child, happened: () => boolean): Promise<void> {
  let ended = false;
  void child.ended.then(() => (ended = true));
  while (!happened()) {
    if (ended) throw new Error(`it ended before it could be killed: ${child.stdout()}${child.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
