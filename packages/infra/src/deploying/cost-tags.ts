import { CostExplorerClient, UpdateCostAllocationTagsStatusCommand } from "@aws-sdk/client-cost-explorer";
import type { ResolvedApp } from "../config/resolve.ts";

/** The tags of every resource by which bills can be told apart. */
export const costTags = ["aloft:app", "aloft:environment", "aloft:part"] as const;

const answerWithinMs = 5000;

/**
 * Lets bills be told apart by the app's tags. No type of CloudFormation does.
 * @returns why not, if it could not be: nothing depends on it.
 * @see https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
 */
export async function activateCostTags(app: Pick<ResolvedApp, "tags">): Promise<string | undefined> {
  // Billing is in one place for all regions.
  const client = new CostExplorerClient({ region: "us-east-1", maxAttempts: 1 });
  const keys = [...costTags, ...Object.keys(app.tags)];
  const statuses = keys.map((TagKey) => ({ TagKey, Status: "Active" as const }));
  const again = "The next deployment tries again.";
  try {
    const { Errors = [] } = await client.send(
      new UpdateCostAllocationTagsStatusCommand({ CostAllocationTagsStatus: statuses }),
      { abortSignal: AbortSignal.timeout(answerWithinMs) },
    );
    if (Errors.length === 0) return undefined;
    const unknown = Errors.map(({ TagKey }) => TagKey).join(", ");
    return `Billing does not know ${unknown} yet: it learns of tags within a day of their first use. ${again}`;
  } catch {
    return `Cost tags could not be activated: only the account that pays may (ce:UpdateCostAllocationTagsStatus). ${again}`;
  }
}
