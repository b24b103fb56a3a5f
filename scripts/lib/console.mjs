import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

const folder = `${root}packages/console/`;
const stamp = `${folder}dist/.built-from`;
const files = ["index.html", "vite.config.ts", "package.json", "../../package-lock.json"];
const folders = ["src", "public"];

/** Builds the console if it is missing or its sources changed. */
export async function ensureConsole({ required = false } = {}) {
  if (isFresh()) return;
  const code = await run(node24, [`${folder}scripts/build.mjs`], { cwd: root, stdio: ["ignore", 2, 2] });
  if (code === 0) {
    // What it was built from is known by content; when that was looked at is noted here.
    const now = new Date();
    utimesSync(stamp, now, now);
  } else if (required) process.exit(code);
  else process.stderr.write("Aloft starts without its console.\n");
}

/** Whether nothing was touched since; folders are looked at too, as they tell of files that are gone. */
function isFresh() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const below = folders.flatMap((name) =>
    readdirSync(folder + name, { recursive: true }).map((path) => join(name, path)),
  );
  return [...files, ...folders, ...below].every((path) => statSync(folder + path).mtimeMs <= built);
}
