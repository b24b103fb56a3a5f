import type { Stack } from "aws-cdk-lib";
import { acknowledge } from "../checks/acknowledge.ts";

/** What CDK calls them. */
const helpers = ["Writer", "Reader"].map((what) => `Custom::CrossRegionExport${what}CustomResourceProvider`);

/**
 * Says why the functions are accepted by which CDK carries values from one region to another. They are made only when
 * references are resolved, so this is said in the last moment before templates are written.
 */
export function acknowledgeCrossRegion(stack: Stack): void {
  stack.node.addValidation({
    validate: () => {
      for (const id of helpers) {
        const helper = stack.node.tryFindChild(id);
        if (helper === undefined) continue;
        acknowledge(helper, {
          "CT.LAMBDA.PR.3":
            "It runs during deployments only, and reads and writes parameters by AWS's own API: no network is needed.",
        });
      }
      return [];
    },
  });
}
