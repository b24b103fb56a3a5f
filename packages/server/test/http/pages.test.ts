import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "./routes.ts";
import { type Shell, startShell } from "./shell.ts";

const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
let folder: string;
let shell: Shell;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aloft-console-"));
  const dist = join(folder, "dist");
  await mkdir(join(dist, "assets"), { recursive: true });
  await writeFile(join(dist, "index.html"), "<!doctype html><title>Console</title>");
  await writeFile(join(dist, "assets", "app-1a2b3c.js"), "console.log(1)");
  await writeFile(join(dist, ".secret.txt"), "hidden");
  await writeFile(join(folder, "outside.txt"), "outside");
  await symlink(join(folder, "outside.txt"), join(dist, "link.txt"));
  shell = await startShell(routes, { app: { consoleDir: dist } });
});
afterAll(async () => {
  await shell[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("console", () => {
  test("[api.console.caching] hashed files are kept for good, the page is always asked for again", async () => {
    const asset = await shell.send("GET", "/assets/app-1a2b3c.js");
    expect(asset.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    });
    const page = await shell.send("GET", "/", html);
    expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
    expect(page.headers["content-security-policy"]).toMatch(/script-src 'self';/);
    const again = await shell.send("GET", "/", { ...html, "if-none-match": String(page.headers["etag"]) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    const head = await shell.send("HEAD", "/", html);
    expect([head.statusCode, head.body]).toEqual([200, ""]);
  });

  test("[api.console.fallback] any address a person opens shows the console; programs and the API get a 404", async () => {
    expect((await shell.send("GET", "/conversations/cnv_1", html)).body).toContain("<title>Console");
    const refused = [
      "/api/v1/nothing",
      "/api",
      "/auth/nothing",
      "/ws",
      "/docs/nothing.js",
      "/health/nothing",
      "/openapi.json/x",
      "/assets/gone.js",
    ];
    for (const url of refused) {
      const sent = await shell.send("GET", url, html);
      expect([url, sent.statusCode, sent.json().code]).toEqual([url, 404, "route_not_found"]);
    }
    expect((await shell.send("GET", "/", { accept: "*/*" })).body).toContain("<title>Console");
    expect((await shell.send("GET", "/conversations/cnv_1", { accept: "application/json" })).statusCode).toBe(404);
    expect((await shell.send("POST", "/conversations/cnv_1", html)).statusCode).toBe(404);
  });

  const paths = [
    "/../outside.txt",
    "/..%2foutside.txt",
    "/%2e%2e/outside.txt",
    "/..%5coutside.txt",
    "/link.txt",
    "/.secret.txt",
    "/assets/../../outside.txt",
    "/x%00.txt",
    "//outside.txt",
  ];
  test.each(paths)("[api.console.inside] no path leads out of the console's folder: %s", async (url) => {
    const sent = await shell.send("GET", url, { accept: "*/*" });
    expect(sent.statusCode).toBe(404);
    expect(sent.body).not.toMatch(/^(outside|hidden)/);
  });

  test("[api.console.missing] where it is not built, a page says how to build it", async () => {
    await using bare = await startShell(routes);
    const sent = await bare.send("GET", "/", html);
    expect([sent.statusCode, sent.headers["content-type"]]).toEqual([503, "text/html; charset=utf-8"]);
    expect(sent.body).toContain("npm run build");
  });
});

describe("documentation", () => {
  test("[api.docs.local] the page and all it loads come from this server, scripts as files", async () => {
    const page = await shell.send("GET", "/docs", html);
    expect(page.statusCode).toBe(200);
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
    expect(loaded).toHaveLength(4);
    for (const url of loaded) {
      expect(url).toMatch(/^\/docs\//);
      const sent = await shell.send("GET", url);
      expect([url, sent.statusCode]).toEqual([url, 200]);
      expect(sent.rawPayload.length).toBeGreaterThan(100);
    }
    expect(page.body).not.toMatch(/<script(?![^>]*src=)|onload=|style=/);
    expect(page.headers["content-security-policy"]).toContain("script-src 'self'");
    expect((await shell.send("GET", "/docs/package.json")).statusCode).toBe(404);
  });

  test("[api.docs.problems] the type of a problem leads to a page about it", async () => {
    const { type } = (await shell.send("GET", "/api/v1/nothing")).json();
    const sent = await shell.send("GET", type);
    expect([sent.statusCode, sent.body]).toEqual([200, "route_not_found (HTTP 404)\n\nThere is no such address.\n"]);
    expect((await shell.send("GET", "/problems/toString")).json()).toMatchObject({ status: 404, code: "not_found" });
  });
});
