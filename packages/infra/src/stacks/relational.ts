import type { App } from "aws-cdk-lib";
import type { ResolvedRelational } from "../config/resolve.ts";
import type { Built } from "../synthesize.ts";
import { buildComputing } from "./computing.ts";

/** One service on PostgreSQL. */
export function buildRelational(cdk: App, app: ResolvedRelational, image: string): Built {
  return buildComputing(cdk, app, image);
}
