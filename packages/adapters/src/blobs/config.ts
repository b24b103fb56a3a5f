/** Where blobs are kept. */
export type BlobsConfig =
  | {
      readonly type: "filesystem";
      /** Made, for its owner alone, if it is missing. */
      readonly folder: string;
      /** What URLs are signed with: 32 characters or more, and secret. Without it, none are signed. */
      readonly signingSecret?: string;
      /** Where `serve` is mounted, such as `https://app.example.com/api/v1/blobs`. */
      readonly baseUrl?: string;
    }
  | {
      readonly type: "s3";
      readonly bucket: string;
      /** Default: what the AWS SDK finds in the environment. */
      readonly region?: string;
      /** Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or AWS's own. */
      readonly endpoint?: string;
      /** Before the name of every object, such as `production/`. */
      readonly prefix?: string;
      /** Id, ARN or alias of the KMS key that S3 encrypts with. Default: as the bucket is set up. */
      readonly kmsKeyId?: string;
    };

export interface OpenBlobsOptions {
  /** What signatures expire by. Default: the system's clock. */
  readonly now?: () => Date;
  /** For the next bytes, or an answer, of the service to arrive. Default 30,000. */
  readonly stallMs?: number;
  /** For `check` to be answered. Default 8,000. */
  readonly checkMs?: number;
}
