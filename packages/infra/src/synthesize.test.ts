import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Topic } from "aws-cdk-lib/aws-sns";
import { afterAll, expect, test } from "vitest";
import type { AppStacks } from "./config/schema.ts";
import { resolveApp } from "./config/resolve.ts";
import { synthesize } from "./synthesize.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-synthesize-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The CDK loaded once more, as where a project has one version and @aloft/infra another. */
function withAnotherCdk(run: (Added: typeof Topic) => void): void {
  const require = createRequire(import.meta.url);
  const isCdk = ([path]: readonly [string, unknown]) => path.includes("/node_modules/aws-cdk-lib/");
  const loaded = Object.entries(require.cache).filter(isCdk);
  for (const [path] of loaded) delete require.cache[path];
  try {
    // The CDK loads its parts when they are first asked for, so that it is used before the first copy is back.
    run((require("aws-cdk-lib/aws-sns") as { Topic: typeof Topic }).Topic);
  } finally {
    for (const [path] of Object.entries(require.cache).filter(isCdk)) delete require.cache[path];
    for (const [path, module] of loaded) require.cache[path] = module;
  }
}

test("[landing.config.extend.copy] what another copy of the CDK makes is refused, and what the same makes is not", () => {
  const withOrders = (extend: (stacks: AppStacks) => void) => {
    const app = resolveApp({ name: "chat", topology: "solo", environments: { dev: {} }, extend }, "dev");
    return () => synthesize(app, { folder });
  };
  expect(withOrders(({ Data }) => void new Topic(Data!, "Orders"))).not.toThrow();
  expect(withOrders(({ Data }) => withAnotherCdk((Another) => void new Another(Data!, "Orders")))).toThrow(
    /extend: Data\/Orders\/Resource is made by another copy of aws-cdk-lib.*npm ls aws-cdk-lib/,
  );
});
