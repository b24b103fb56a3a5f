/**
 * Regions whose private load balancers CloudFront reaches, each with AWS's list of the addresses that it comes from
 * (`com.amazonaws.global.cloudfront.origin-facing`). A list's id is the same in every account and never changes; a look-up
 * would need credentials. As of November 2026.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html#managed-prefix-list
 */
const prefixLists: Readonly<Record<string, string>> = {
  "af-south-1": "pl-c0aa4fa9",
  "ap-east-1": "pl-14b2577d",
  "ap-northeast-1": "pl-58a04531",
  "ap-northeast-2": "pl-22a6434b",
  "ap-northeast-3": "pl-31a14458",
  "ap-south-1": "pl-9aa247f3",
  "ap-southeast-1": "pl-31a34658",
  "ap-southeast-2": "pl-b8a742d1",
  "ca-central-1": "pl-38a64351",
  "eu-central-1": "pl-a3a144ca",
  "eu-north-1": "pl-fab65393",
  "eu-south-1": "pl-1bbc5972",
  "eu-west-1": "pl-4fa04526",
  "eu-west-2": "pl-93a247fa",
  "eu-west-3": "pl-75b1541c",
  "me-south-1": "pl-17b2577e",
  "sa-east-1": "pl-5da64334",
  "us-east-1": "pl-3b927c52",
  "us-east-2": "pl-b6a144df",
  "us-west-1": "pl-4ea04527",
  "us-west-2": "pl-82a045eb",
};

/** Undefined: not known to be reached. */
export function originFacingPrefixList(region: string): string | undefined {
  return prefixLists[region];
}

/** Where an app with a service can be. */
export const computeRegions: readonly string[] = Object.keys(prefixLists);
