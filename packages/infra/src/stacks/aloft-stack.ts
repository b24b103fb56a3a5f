import { Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { ResolvedApp } from "../config/resolve.ts";

/** The stacks of an app by how long they live, the longest first. Their ids are part of what is deployed: never rename one. */
export const stackParts = ["Network", "Data", "Cluster", "Guard", "Compute", "Monitoring", "Access"] as const;
export type StackPart = (typeof stackParts)[number];

export interface AloftStackProps extends Pick<StackProps, "description"> {
  readonly app: ResolvedApp;
  readonly part: StackPart;
  /** Where it has to be, if not in the app's own region. */
  readonly region?: string;
}

export function stackName(app: Pick<ResolvedApp, "prefix">, part: StackPart): string {
  return `${app.prefix}-${part.toLowerCase()}`;
}

/**
 * CloudFront refuses every change of a VPC origin that is in use, its tags too; and the tags of a stack are given to all that is in it.
 * @see https://github.com/aws/aws-cdk/issues/35765
 */
const withoutChangingTags = ["aws:cdk:stack", "AWS::CloudFront::VpcOrigin"];

/** A stack named after its app, environment and part, with the tags that bills are told apart by. */
export class AloftStack extends Stack {
  readonly app: ResolvedApp;

  constructor(scope: Construct, { app, part, region = app.region, ...props }: AloftStackProps) {
    super(scope, part, {
      ...props,
      stackName: stackName(app, part),
      env: { region, ...(app.account === undefined ? {} : { account: app.account }) },
      terminationProtection: app.protectData && part === "Data",
    });
    this.app = app;
    const own = { "aloft:app": app.name, "aloft:environment": app.environment, "aloft:part": part };
    for (const [key, value] of Object.entries(own)) Tags.of(this).add(key, value);
    for (const [key, value] of Object.entries(app.tags)) {
      if (!(key in own)) Tags.of(this).add(key, value, { excludeResourceTypes: withoutChangingTags });
    }
  }
}
