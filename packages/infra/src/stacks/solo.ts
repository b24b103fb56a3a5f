import type { App } from "aws-cdk-lib";
import type { ResolvedSolo } from "../config/resolve.ts";
import type { Built } from "../synthesize.ts";
import { DataStack } from "./data-stack.ts";
import { NetworkStack } from "./network-stack.ts";

/** One service on DynamoDB. */
export function buildSolo(cdk: App, app: ResolvedSolo, _image: string): Built {
  const { vpc } = new NetworkStack(cdk, app);
  const { access } = new DataStack(cdk, { app, vpc });
  return { permissions: { server: access.server.permissions, migrate: access.migrate.permissions } };
}
