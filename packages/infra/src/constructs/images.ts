import { RemovalPolicy } from "aws-cdk-lib";
import { Repository, RepositoryEncryption, TagMutability, TagStatus } from "aws-cdk-lib/aws-ecr";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";

export interface ImageRepositoryProps {
  readonly prefix: string;
  readonly protectData: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/** So many images can be gone back to. */
export const keptImages = 20;

/** A repository whose tags never move; each image is looked through for known faults when it is pushed. */
export function imageRepository(scope: Construct, id: string, props: ImageRepositoryProps): Repository {
  const { prefix, protectData, encryptionKey } = props;
  return new Repository(scope, id, {
    repositoryName: prefix,
    imageTagMutability: TagMutability.IMMUTABLE,
    imageScanOnPush: true,
    ...(encryptionKey === undefined ? {} : { encryption: RepositoryEncryption.KMS, encryptionKey }),
    lifecycleRules: [
      { rulePriority: 1, description: "Untagged ones", tagStatus: TagStatus.UNTAGGED, maxImageCount: 1 },
      { rulePriority: 2, description: "All but the newest", tagStatus: TagStatus.ANY, maxImageCount: keptImages },
    ],
    removalPolicy: protectData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
}
