import type { NetworkOptions } from "../config/schema.ts";

const ecr = /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com\/(?<repository>[^@:]+)@/;

/** Where an image of ECR is; undefined: it is elsewhere, or only planned. */
export function repositoryOf(
  image: string,
): { readonly account: string; readonly region: string; readonly repository: string } | undefined {
  const groups = ecr.exec(image)?.groups;
  const { account, region, repository } = groups ?? {};
  if (account === undefined || region === undefined || repository === undefined) return undefined;
  return /^0+$/.test(account) ? undefined : { account, region, repository };
}

/**
 * The image by a name that the network can reach: only ECR's newer names have IPv6 addresses.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
 */
export function reachableImage(image: string, egress: NetworkOptions["egress"]): string {
  if (egress !== "ipv6") return image;
  return image.replace(/^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\//, "$1.dkr-ecr.$2.on.aws/");
}
