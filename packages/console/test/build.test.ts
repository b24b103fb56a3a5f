import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";

const here = fileURLToPath(new URL("..", import.meta.url));
const dist = `${here}dist/`;
const run = (script: string, ...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [`${here}scripts/${script}`, ...args], { encoding: "utf8" });
  return { status, stderr };
};

beforeAll(() => {
  expect(process.env["NODE_ENV"]).toBe("test");
  expect(run("build.mjs")).toMatchObject({ status: 0 });
}, 60_000);

const page = () => readFile(`${dist}index.html`, "utf8");
const loaded = async () => [...(await page()).matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path = ""]) => path);

test("[console.build.once] what is built already is not built again", async () => {
  const before = await stat(`${dist}index.html`);
  const started = performance.now();
  expect(run("build.mjs")).toEqual({ status: 0, stderr: "" });
  expect(performance.now() - started).toBeLessThan(1500);
  expect((await stat(`${dist}index.html`)).mtimeMs).toBe(before.mtimeMs);
});

test("[console.build.size] what a first visit loads is 250 KB of scripts at most", async () => {
  const paths = await loaded();
  expect(paths.length).toBeGreaterThan(1);
  const sizes = await Promise.all(paths.map(async (path) => gzipSync(await readFile(dist + path)).byteLength));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(250_000);
});

test("[console.build.own] the page has no script or style of its own, and names no other host", async () => {
  const html = await page();
  expect(html.match(/<script(?![^>]*\ssrc=)/g)).toBeNull();
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  const styles = await Promise.all(globSync(`${dist}assets/*.css`).map((file) => readFile(file, "utf8")));
  expect(styles.length).toBeGreaterThan(0);
  for (const text of [html, ...styles]) {
    expect(text.match(/(?:src|href)="(?:https?:)?\/\/|url\(["']?(?:https?:)?\/\/|@import/g)).toBeNull();
  }
});

test("[console.build.production] React is bundled without its checks for development", async () => {
  const scripts = await Promise.all(globSync(`${dist}assets/*.js`).map((file) => readFile(file, "utf8")));
  expect(scripts.some((text) => text.includes("Download the React DevTools"))).toBe(false);
});

test("[console.client.current] the client is that of the API's published description", () => {
  expect(run("generate-client.mjs", "--check")).toMatchObject({ status: 0 });
}, 30_000);
