import { execFileSync } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageSource } from "@aloft/server/image";
import { client, cookieOf, until } from "../packages/server/test/support/backend.ts";
import { bundleInto, filesOf, freePort } from "./support/bundle.ts";
import { createTestDatabase, runSql } from "@aloft/adapters/store/testing/postgres";
import { plainEnv, root, runChild } from "./support/child.ts";
import { service } from "./support/services.ts";
import { available } from "./support/skip.ts";

const scratch = mkdtempSync(join(tmpdir(), "aloft-bundle-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const bundle = join(scratch, "app");
const main = join(bundle, "server/dist/main.js");
const bundleOfPackage = join(root, "packages/server/dist/bundle");
const seconds = 1000;
beforeAll(() => bundleInto(bundle), 120 * seconds);

/** Of the nobody that every Debian has: what runs the bundle owns nothing. */
const stranger = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A folder that cannot be written to, and nothing in it. */
function emptyFolder(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  return folder;
}

describe("the bundle", () => {
  test("[landing.image.content] holds all that runs and its licences, and is no more than 60 MB", () => {
    const files = filesOf(bundle);
    const bytes = files.reduce((sum, file) => sum + statSync(join(bundle, file)).size, 0);
    expect(bytes).toBeLessThan(60_000_000);
    expect(bytes).toBeGreaterThan(3_000_000);
    for (const file of ["server/dist/main.js", "server/dist/health.js", "console/dist/index.html", "LICENSE"]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => /\.map$|\.node$|\.test\.|testing|node_modules|\.ts$|(^|\/)\./.test(file))).toEqual(
      [],
    );
    const migrations = readdirSync(join(root, "packages/adapters/migrations/postgres"));
    expect(readdirSync(join(bundle, "migrations/postgres"))).toEqual(migrations);
    const code = files
      .filter((file) => file.startsWith("server/dist/"))
      .map((file) => readFileSync(join(bundle, file), "utf8"));
    expect(code.filter((text) => text.includes("sourceMappingURL=data:"))).toEqual([]);
    expect(code.filter((text) => text.includes(root))).toEqual([]);
  });

  test("[landing.image.licences] names every package that is in it, with its version and the text of its licence", () => {
    const notices = readFileSync(join(bundle, "NOTICES.txt"), "utf8");
    for (const name of [
      "fastify",
      "pg",
      "ws",
      "zod",
      "react",
      "react-dom",
      "swagger-ui-dist",
      "@aws-sdk/client-dynamodb",
    ]) {
      const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
      expect(notices).toContain(`\n${name} ${version} (`);
      const licence = readdirSync(join(root, "node_modules", name)).find((file) => /^licen[cs]e/i.test(file)) ?? "";
      expect(notices).toContain(readFileSync(join(root, "node_modules", name, licence), "utf8").trim());
    }
    expect(notices).not.toMatch(/@aloft\/|No licence named/);
  });

  test("[landing.image.rds] knows who signs the certificates of databases at AWS", () => {
    const pem = readFileSync(join(bundle, "certificates/global-bundle.pem"), "utf8");
    const found =
      pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)?.map((text) => new X509Certificate(text)) ?? [];
    expect(found.length).toBeGreaterThan(60);
    for (const { ca, subject } of found) expect(ca, subject).toBe(true);
    for (const region of ["us-east-1", "eu-central-1", "ap-southeast-2"]) {
      expect(
        found.some(({ subject }) => subject.includes(`Amazon RDS ${region} Root CA RSA2048 G1`)),
        region,
      ).toBe(true);
    }
  });

  test(
    "[landing.image.outside] runs by Node alone, in a folder that is empty and read-only",
    { timeout: 40 * seconds },
    async () => {
      const data = join(scratch, "data");
      mkdirSync(data);
      chmodSync(data, 0o777);
      const env = { PORT: String(await freePort()), ALOFT_DATA_DIR: data };
      const options = { cwd: emptyFolder("empty"), env, ...stranger };
      await using server = runChild(process.execPath, [main], options);
      const url = `http://127.0.0.1:${env.PORT}`;
      await until(() => (server.stderr().includes("listening at") ? true : undefined));
      expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ status: "ok" });
      for (const [path, type, word] of [
        ["/", "text/html", "<script"],
        ["/docs/swagger-ui-bundle.js", "text/javascript", "SwaggerUIBundle"],
        ["/openapi.json", "application/json", '"title":"Aloft"'],
      ] as const) {
        const answer = await fetch(url + path);
        expect([answer.status, answer.headers.get("content-type")]).toEqual([200, expect.stringContaining(type)]);
        expect(await answer.text()).toContain(word);
      }
      const link = execFileSync(process.execPath, [main, "link"], { ...options, env: plainEnv(env), encoding: "utf8" });
      const spent = await fetch(link.trim(), { redirect: "manual" });
      const owner = client(url, { cookie: cookieOf(spent.headers), "sec-fetch-site": "same-origin" });
      const agent = await owner.post("/api/v1/agents", { name: "Guide" });
      const conversation = await owner.post("/api/v1/conversations", { agentIds: [agent.body.id] });
      const messages = `/api/v1/conversations/${conversation.body.id}/messages`;
      await owner.post(messages, { text: "Hello" });
      const reply = await until(async () =>
        (await owner.get(messages)).body.items.find((item: any) => item.author.kind === "agent"),
      );
      expect(reply).toMatchObject({ status: "complete" });
      expect(await server.stop()).toMatchObject({ code: 0, stdout: "" });
      expect(readdirSync(options.cwd)).toEqual([]);
    },
  );

  test("[landing.image.lazy] what a start does not use is not loaded: no AWS SDK on a data folder, no server to migrate", async () => {
    const loaded = async (words: readonly string[], name: string) => {
      const log = join(scratch, `${name}.txt`);
      const env = {
        PORT: "0",
        ALOFT_DATA_DIR: join(scratch, name),
        MODULES_LOADED: log,
        NODE_OPTIONS: `--import=${root}test/support/record-modules.mjs`,
      };
      await using child = runChild(process.execPath, [main, ...words], { env });
      if (words[0] === "server") await until(() => (child.stderr().includes("listening at") ? true : undefined));
      expect((await child.stop(words[0] === "server" ? "SIGTERM" : "SIGCONT")).code).toBe(0);
      const files = readFileSync(log, "utf8")
        .split("\n")
        .filter((url) => url.includes("/server/dist/"));
      return files.map((url) => readFileSync(new URL(url), "utf8")).join("\n");
    };
    const all = filesOf(join(bundle, "server/dist")).map((file) =>
      readFileSync(join(bundle, "server/dist", file), "utf8"),
    );
    const whole = all.join("\n");
    const [server, migrate] = [await loaded(["server"], "lazy"), await loaded(["migrate"], "lazy-migrate")];
    const words = {
      dynamodb: "DynamoDB_20120810",
      s3: "PutObjectCommand",
      kms: "TrentService",
      openai: "/chat/completions",
      pg: "SASL",
      telemetry: "OTLPTraceExporter",
    };
    for (const [what, word] of Object.entries(words)) {
      expect(whole, what).toContain(word);
      expect(server, what).not.toContain(word);
    }
    for (const word of ["/api/v1/conversations", "Sec-WebSocket-Accept"]) {
      expect(server).toContain(word);
      expect(migrate).not.toContain(word);
    }
    expect(migrate.length).toBeLessThan(server.length / 2);
  });

  test("[landing.image.commands] a command that is not there ends with 2, a fault with 1; each is one line of JSON", async () => {
    const run = async (words: readonly string[], env: Record<string, string>) => {
      await using child = runChild(process.execPath, [main, ...words], { env });
      const { code, stderr } = await child.ended;
      return {
        code,
        lines: stderr
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      };
    };
    expect(await run(["serve"], {})).toMatchObject({
      code: 2,
      lines: [{ message: expect.stringContaining("server, migrate, link") }],
    });
    expect(await run(["server", "--port"], {})).toMatchObject({ code: 2 });
    const exposed = { HOST: "0.0.0.0", AUTH_SECRET: "hunter2-hunter2-hunter2" };
    const refused = await run(["server"], exposed);
    expect(refused).toMatchObject({ code: 1, lines: [{ level: "fatal", code: "invalid_config" }] });
    expect(refused.lines[0].message).toMatch(/FRONTEND_URL[^]*AUTH_SECRET/);
    expect(JSON.stringify(refused)).not.toContain("hunter2");
    const url = "postgres://aloft:p4ssword-of-nobody@127.0.0.1:1/aloft";
    const unreachable = await run(["migrate"], { MAIN_DB_TYPE: "postgres", DATABASE_URL: url });
    expect(unreachable).toMatchObject({ code: 1, lines: [{ level: "fatal", code: "unavailable" }] });
    expect(JSON.stringify(unreachable)).not.toContain("p4ssword-of-nobody");
  });

  test("[landing.image.stops] a migration that waits for a database ends at once when it is told to", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const asked = once(silent, "connection");
    const { port } = silent.address() as AddressInfo;
    const env = { MAIN_DB_TYPE: "postgres", DATABASE_URL: `postgres://aloft@127.0.0.1:${port}/aloft` };
    await using migrate = runChild(process.execPath, [main, "migrate"], { env });
    const [socket] = (await asked) as [Socket];
    socket.on("error", () => undefined);
    const told = performance.now();
    // By its own choice and not by the system's, which asks nobody's but the first process of a container.
    expect(await migrate.stop()).toMatchObject({ code: 143, signal: null });
    expect(performance.now() - told).toBeLessThan(2000);
    silent.close();
  });

  test("[landing.image.health-check] its health check tells a server that lives from none", async () => {
    const port = String(await freePort());
    const health = async () => {
      await using child = runChild(process.execPath, [join(bundle, "server/dist/health.js")], {
        env: { HOST: "0.0.0.0", PORT: port },
      });
      return (await child.ended).code;
    };
    expect(await health()).toBe(1);
    await using server = runChild(process.execPath, [main], {
      env: { PORT: port, ALOFT_DATA_DIR: join(scratch, "health") },
    });
    await until(() => (server.stderr().includes("listening at") ? true : undefined));
    expect(await health()).toBe(0);
  });
});

const postgres = await available("PostgreSQL 18", () => service("postgres-18"));

test.runIf(postgres)(
  "[landing.image.postgres] migrates past the pooler, and serves as the user that it made",
  { timeout: 60 * seconds },
  async () => {
    await using database = await createTestDatabase(() => service("postgres-18"));
    const name = `aloft_${process.pid}`;
    const password = randomBytes(24).toString("base64url");
    const production = { ALOFT_ENV: "production", MAIN_DB_TYPE: "postgres" };
    const migration = {
      DATABASE_URL: "postgres://pooler@127.0.0.1:1/aloft",
      DATABASE_DIRECT_URL: database.url,
      DATABASE_PROGRAM_USER: name,
      DATABASE_PROGRAM_PASSWORD: password,
    };
    for (const changes of [1, 0]) {
      await using migrate = runChild(process.execPath, [main, "migrate"], { env: { ...production, ...migration } });
      const { code, stderr } = await migrate.ended;
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`"changes":${changes},`) });
      expect(stderr).not.toContain(password);
    }
    const own = new URL(database.url);
    [own.username, own.password] = [name, password];
    const folder = join(scratch, "postgres");
    const env = { ...production, DATABASE_URL: own.href, PORT: String(await freePort()), ALOFT_DATA_DIR: folder };
    {
      await using server = runChild(process.execPath, [main], { env });
      await until(() => (server.stderr().includes("listening at") ? true : undefined));
      const ready = await fetch(`http://127.0.0.1:${env.PORT}/health/ready`);
      expect(await ready.json()).toMatchObject({ status: "ok" });
      expect((await server.stop()).code).toBe(0);
    }
    await runSql(database.url, `DROP OWNED BY ${name}; DROP ROLE ${name}`);
  },
);

test(
  "[landing.image.shipped] whoever installs the server has the Dockerfile and the bundle",
  { timeout: 60 * seconds },
  async () => {
    await bundleInto(bundleOfPackage);
    const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: join(root, "packages/server"),
      env: plainEnv(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ files }] = Object.values(JSON.parse(packed)) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    const inBundle = filesOf(bundleOfPackage).map((path) => `dist/bundle/${path}`);
    expect(paths).toEqual(expect.arrayContaining(["image/Dockerfile", ...inBundle]));
    expect(paths.filter((path) => /\.test\.|tsbuildinfo|^src\//.test(path))).toEqual([]);
    expect(imageSource()).toEqual({
      dockerfile: join(root, "packages/server/image/Dockerfile"),
      context: join(root, "packages/server/dist/bundle"),
    });
  },
);
