import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { modules, node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

const stamp = `${modules}.aloft-installed`;

/** Installs what package-lock.json asks for, unless it is there. Takes about a millisecond if it is. */
export async function ensureInstalled() {
  const lock = readFileSync(`${root}package-lock.json`);
  const wanted = createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
  if (readIfThere(stamp) === wanted && existsSync(node24)) return;
  if (!isInstalled(JSON.parse(lock.toString()))) await install();
  if (!existsSync(node24)) {
    stop("Node 24 did not install. npm may have been told to run no install scripts: try `npm rebuild node`.");
  }
  try {
    writeFileSync(stamp, wanted);
  } catch {
    // A checkout that may not be written to is looked through again at every start.
  }
}

/** Whether npm's own record of what it installed holds everything the lock file names, at the same versions. */
function isInstalled(lock) {
  const record = readIfThere(`${modules}.package-lock.json`);
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(lock.packages).every(
    ([path, wanted]) =>
      !path.includes("node_modules/") || wanted.optional === true || installed[path]?.version === wanted.version,
  );
}

async function install() {
  process.stderr.write("Installing what Aloft needs. This happens once and takes about a minute.\n");
  const started = Date.now();
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const [command, args] = node && npm ? [node, [npm]] : [process.platform === "win32" ? "npm.cmd" : "npm", []];
  const code = await run(command, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (code !== 0) stop(`The installation failed: npm ci ended with code ${code}. Its last lines above say why.`, code);
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function stop(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
