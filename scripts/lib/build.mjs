import { bundleServer } from "./bundle.mjs";
import { ensureConsole } from "./console.mjs";
import { ensureInstalled } from "./install.mjs";
import { modules, node24, root } from "./paths.mjs";
import { run } from "./run.mjs";

/** JavaScript and types of every package, the console, and what the image has of them. */
export async function build() {
  await ensureInstalled();
  const code = await run(node24, [`${modules}typescript/bin/tsc`, "-b"], { cwd: root });
  if (code === 0) {
    await ensureConsole({ required: true });
    await bundleServer();
  }
  return code;
}
