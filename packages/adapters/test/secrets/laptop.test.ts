import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { plainEnv, root } from "../../../../test/support/child.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-laptop-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = `
import { loadSecrets } from ${JSON.stringify(pathToFileURL(`${root}packages/adapters/src/secrets/index.ts`).href)};
import { productSecrets } from ${JSON.stringify(pathToFileURL(`${root}packages/core/src/secrets/manifest.ts`).href)};
const secrets = await loadSecrets(productSecrets).catch((error) => error.problems[0].fault);
console.log(JSON.stringify(typeof secrets === "string" ? secrets : secrets.current()));
`;

/** Runs the loader in a process of its own. Gives what it says, and the modules that it loaded. */
function load(env: Readonly<Record<string, string>>) {
  writeFileSync(join(folder, "app.mjs"), program);
  writeFileSync(join(folder, ".env"), "ANTHROPIC_API_KEY=mine\n");
  const log = join(folder, "modules.txt");
  const args = ["--conditions=aloft-source", `--import=${root}test/support/record-modules.mjs`, "app.mjs"];
  const options = { cwd: folder, env: plainEnv({ ...env, MODULES_LOADED: log }), encoding: "utf8" } as const;
  const said: unknown = JSON.parse(execFileSync(process.execPath, args, options));
  const modules = readFileSync(log, "utf8").split("\n");
  rmSync(log);
  return { said, sdk: modules.filter((url) => /\/node_modules\/(@aws-sdk|@smithy)\//.test(url)), modules };
}

test("[secrets.load.dev] on a laptop no AWS SDK is loaded; once AWS is asked it is, and would have been seen", () => {
  const laptop = load({});
  expect(laptop.said).toEqual({ ANTHROPIC_API_KEY: "mine" });
  expect(laptop.modules.some((url) => url.endsWith("/secrets/load-secrets.ts"))).toBe(true);
  expect(laptop.sdk).toEqual([]);
  const keys = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "t", AWS_SECRET_ACCESS_KEY: "t" };
  const asking = load({ ...keys, AWS_SECRETS_ENABLED: "true", AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
  expect(asking.said).toBe("unreachable");
  expect(asking.sdk).not.toEqual([]);
});
