import type { App } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { ResolvedLibrary } from "../config/resolve.ts";
import type { Built } from "../synthesize.ts";
import { AloftStack } from "./aloft-stack.ts";

/** No compute: one secret an environment, and who may read it. */
export function buildLibrary(cdk: App, app: ResolvedLibrary): Built {
  const stack = new AloftStack(cdk, { app, part: "Data", description: `Data of ${app.prefix}` });
  const secret = new Secret(stack, "Secret");
  return {
    permissions: { reader: [{ sid: "Read", may: "read the secret", actions: [], resources: [secret.secretArn] }] },
  };
}
