import type { IRepository } from "aws-cdk-lib/aws-ecr";
import type { Construct } from "constructs";
import type { ResolvedApp } from "../config/resolve.ts";
import { AloftStack } from "./aloft-stack.ts";

export interface AccessStackProps {
  readonly app: ResolvedApp;
  /** Where the app's images are, if it has any. */
  readonly images?: IRepository;
}

/** Whether there is anything for an AccessStack to hold. An empty stack cannot be deployed. */
export function needsAccessStack(app: ResolvedApp): boolean {
  return app.repository !== undefined || app.trail || app.detectors;
}

/** Who may deploy, and what watches over the account. Make it only if {@link needsAccessStack}. */
export class AccessStack extends AloftStack {
  constructor(scope: Construct, { app }: AccessStackProps) {
    super(scope, { app, part: "Access", description: `Access to ${app.prefix}` });
  }
}
