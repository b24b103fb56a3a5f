// Builds the console into dist, unless it was built from the same sources and dependencies before.
//   node scripts/build.mjs
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const dist = `${here}dist`;
const stamp = `${dist}/.built-from`;
const sources = ["src/**/*", "public/**/*", "index.html", "vite.config.ts", "package.json"];

/** Names what the console would be built from. */
async function fingerprint() {
  const hash = createHash("sha256");
  const files = globSync(sources, { cwd: here, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
  for (const file of [...files, `${here}../../package-lock.json`]) {
    hash
      .update(`${file.slice(here.length)}\0`)
      .update(await readFile(file))
      .update("\0");
  }
  return hash.digest("hex");
}

const builtFrom = () => readFile(stamp, "utf8").catch(() => undefined);

/** Builds aside and puts the result in place whole, so that a server never serves half of it. */
async function buildInto(wanted) {
  // React decides by it, when it is bundled, whether it is its slow self that warns.
  process.env.NODE_ENV = "production";
  const { build } = await import("vite");
  const aside = `${here}node_modules/.console-build/${process.pid}-${Date.now()}`;
  await mkdir(aside, { recursive: true });
  try {
    await build({ root: here, logLevel: "warn", build: { outDir: `${aside}/new`, emptyOutDir: true } });
    await writeFile(`${aside}/new/.built-from`, wanted);
    // Another process may have built the same meanwhile: then that one is served already.
    if ((await builtFrom()) === wanted) return;
    await rename(dist, `${aside}/old`).catch(ignoreAbsent);
    await rename(`${aside}/new`, dist).catch(ignoreOther);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function ignoreAbsent(error) {
  if (error.code !== "ENOENT") throw error;
}

/** Somebody else put the same there first. */
function ignoreOther(error) {
  if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
}

async function buildIfNeeded() {
  const wanted = await fingerprint();
  if ((await builtFrom()) === wanted) return;
  process.stderr.write("Building the console. This happens once for each version and takes a few seconds.\n");
  const started = Date.now();
  await buildInto(wanted);
  process.stderr.write(`Built the console in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}

try {
  await buildIfNeeded();
} catch (error) {
  process.stderr.write(`The console could not be built: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error?.code === "ERR_MODULE_NOT_FOUND") {
    process.stderr.write("Its tools are not installed: run npm ci in the repository.\n");
  }
  process.exitCode = 1;
}
