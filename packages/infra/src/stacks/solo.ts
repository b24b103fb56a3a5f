import type { App } from "aws-cdk-lib";
import type { ResolvedSolo } from "../config/resolve.ts";
import type { Built } from "../synthesize.ts";
import { buildComputing } from "./computing.ts";

/** One service on DynamoDB. */
export function buildSolo(cdk: App, app: ResolvedSolo, image: string): Built {
  return buildComputing(cdk, app, image);
}
