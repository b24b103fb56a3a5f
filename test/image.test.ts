import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { client, cookieOf, until } from "../packages/server/test/support/backend.ts";
import { readEvents } from "../packages/server/test/support/events.ts";
import { bundleInto, filesOf, freePort } from "./support/bundle.ts";
import { root } from "./support/child.ts";
import { startCloud } from "./support/cloud.ts";
import { imageBuilder, removeImages, runReadOnly } from "./support/image.ts";
import { service } from "./support/services.ts";
import { available } from "./support/skip.ts";

const seconds = 1000;
const buildahHere = await available("buildah, as root", () => {
  execFileSync("buildah", ["--version"], { stdio: "ignore" });
  return process.getuid?.() === 0;
});

const services = await available("DynamoDB Local, S3, KMS and Secrets Manager (moto)", async () => {
  await Promise.all([service("dynamodb"), service("moto")]);
});

describe.runIf(buildahHere)("the image", () => {
  const folder = mkdtempSync(join(tmpdir(), "aloft-image-"));
  const builder = imageBuilder(folder);
  const bundle = join(folder, "bundle");
  const dockerfile = join(root, "packages/server/image/Dockerfile");
  const build = async (tag: string, platform: string): Promise<void> => {
    await builder.base(`base-${tag}`, platform);
    const flags = ["--quiet", "--format", "docker", "--isolation", "chroot", "--platform", platform];
    await builder.buildah(
      "bud",
      ...flags,
      "--build-arg",
      `BASE=localhost/base-${tag}`,
      "--file",
      dockerfile,
      "--tag",
      tag,
      bundle,
    );
  };
  const native = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  let container = "";
  let mounted = "";
  beforeAll(async () => {
    await bundleInto(bundle);
    await build("aloft", native);
    container = await builder.buildah("from", "--pull-never", "localhost/aloft");
    mounted = await builder.buildah("mount", container);
  }, 120 * seconds);
  afterAll(() => removeImages(folder));

  /** Runs its command by buildah. */
  const run = (env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<string> => {
    const variables = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    return builder.buildah("run", "--isolation", "chroot", ...variables, container, "--", "node", ...words);
  };

  test(
    "[landing.image.built] it is a stranger's process, without a shell, by the processor that is asked for",
    { timeout: 60 * seconds },
    async () => {
      const { config } = await builder.configOf("localhost/aloft");
      expect(config).toMatchObject({
        User: "1000:1000",
        Entrypoint: ["node", "/app/server/dist/main.js"],
        Cmd: ["server"],
        StopSignal: "SIGTERM",
        ExposedPorts: { "3000/tcp": {} },
        Healthcheck: { Test: ["CMD", "node", "/app/server/dist/health.js"] },
      });
      expect(config.Env).toEqual(expect.arrayContaining(["NODE_ENV=production", "HOST=0.0.0.0", "PORT=3000"]));
      const instructions = readFileSync(dockerfile, "utf8")
        .split("\n")
        .map((line) => line.split(" ", 1)[0]);
      // Nothing of the other processor has to run for it to be built; only its base differs.
      expect(instructions).not.toContain("RUN");
      await build("aloft-arm64", "linux/arm64");
      expect((await builder.configOf("localhost/aloft-arm64")).architecture).toBe("arm64");
      expect((await builder.configOf("localhost/aloft")).architecture).toBe(native.slice("linux/".length));
    },
  );

  test("[landing.image.content] beside its base it has the bundle and the authorities of databases, no more than 60 MB", () => {
    const own = ["app", "etc/ssl/rds"].flatMap((name) =>
      filesOf(join(mounted, name)).map((file) => join(mounted, name, file)),
    );
    expect(own.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(60_000_000);
    expect(filesOf(join(mounted, "app")).toSorted()).toEqual(filesOf(bundle).toSorted());
    const base = new Set(filesOf(join(folder, "base")));
    const others = filesOf(mounted).filter((file) => !base.has(file) && !own.includes(join(mounted, file)));
    // What buildah itself puts there while it runs something.
    expect(
      others.filter((file) => !/^(etc\/(hosts|resolv\.conf|hostname)|run\/.*|dev\/.*|proc\/.*|sys\/.*)$/.test(file)),
    ).toEqual([]);
    for (const file of own) expect([statSync(file).uid, statSync(file).mode & 0o022], file).toEqual([0, 0]);
  });

  describe.runIf(services)("on what AWS keeps", () => {
    test(
      "[landing.image.runs] [landing.image.read-only] [landing.image.stops] migrates, serves on a read-only root, and at SIGTERM ends the turn that is under way",
      { timeout: 120 * seconds },
      async () => {
        await using cloud = await startCloud();
        const port = await freePort();
        const env = { ...cloud.env, PORT: String(port) };
        const migrated = () => run(env, "/app/server/dist/main.js", "migrate");
        await expect(runServerToItsEnd(env)).resolves.toMatchObject({
          code: 1,
          stderr: expect.stringContaining("schema version: missing"),
        });
        await migrated();
        await migrated();
        const before = stateOf(mounted);
        await using server = await runReadOnly(mounted, await builder.configOf("localhost/aloft"), { env });
        await until(() => (server.stderr().includes("listening at") ? true : undefined), 20_000);
        expect(readFileSync(`/proc/${server.pid}/status`, "utf8")).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
        expect(readFileSync(`/proc/${server.pid}/status`, "utf8")).toMatch(/^NSpid:\t\d+\t1$/m);
        await run({ PORT: String(port) }, "/app/server/dist/health.js");

        const url = `http://127.0.0.1:${port}`;
        const throughEdge = {
          host: cloud.balancer,
          "x-forwarded-proto": "http",
          "x-forwarded-for": "203.0.113.9, 10.0.0.1",
        };
        const link =
          (await run(env, "/app/server/dist/main.js", "link"))
            .split("\n")
            .find((line) => line.startsWith("https://")) ?? "";
        expect(new URL(link).origin).toBe(cloud.publicUrl);
        const spent = await fetch(url + link.slice(cloud.publicUrl.length), {
          redirect: "manual",
          headers: throughEdge,
        });
        expect(spent.headers.getSetCookie()[0]).toMatch(/^__Host-aloft_session=.*; Secure/);
        expect(spent.headers.get("location") ?? "").not.toContain("http:");
        const owner = client(url, { ...throughEdge, cookie: cookieOf(spent.headers), "sec-fetch-site": "same-origin" });
        expect((await owner.get("/health/ready")).body).toMatchObject({
          checks: { store: "ok", keys: "ok", blobs: "ok" },
        });

        const agent = await owner.post("/api/v1/agents", { name: "Slow" });
        const { body: conversation } = await owner.post("/api/v1/conversations", { agentIds: [agent.body.id] });
        const path = `/api/v1/conversations/${conversation.id}`;
        const uploaded = await fetch(`${url}${path}/attachments?name=a.txt`, {
          method: "POST",
          headers: { ...owner.headers, "content-type": "text/plain" },
          body: "x".repeat(8_000_000),
        });
        expect(uploaded.status).toBe(201);
        const events = await readEvents(`${url}${path}/events?after=0`, owner.headers);
        cloud.provider.next({ parts: [{ text: "One " }, { waitMs: 4000 }, { text: "two." }] });
        await owner.post(`${path}/messages`, { text: "Count" });
        await events.until((event) => event.type === "turn.delta");
        process.kill(server.pid, "SIGTERM");
        const asked = performance.now();
        await until(() =>
          fetch(`${url}/health`).then(
            () => undefined,
            () => true,
          ),
        );
        const { data } = await events.until((event) => event.type === "turn.ended");
        expect(data).toMatchObject({ status: "complete" });
        await events.closed;
        const stored = events.seen.filter(({ type }) => type === "message.created").map((event) => event.data.text);
        expect(stored).toEqual(["Count", "One two."]);
        expect(await server.ended).toMatchObject({ code: 0, signal: null });
        expect(performance.now() - asked).toBeLessThan(15_000);
        expect(stateOf(mounted)).toEqual(before);
      },
    );

    async function runServerToItsEnd(env: Readonly<Record<string, string>>) {
      await using server = await runReadOnly(mounted, await builder.configOf("localhost/aloft"), { env });
      return await server.ended;
    }
  });
});

/** Names, sizes and times of all files below a folder. */
function stateOf(folder: string): string[] {
  return filesOf(folder)
    .filter((file) => !/^(proc|sys|dev|run)\//.test(file))
    .map((file) => `${file} ${statSync(join(folder, file)).size} ${statSync(join(folder, file)).mtimeMs}`);
}
