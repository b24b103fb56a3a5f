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
