import type { Need } from "./need.ts";

/** What the blobs call on their bucket. Uploads in parts need no more than those at once, but for giving one up. */
export const s3Needs: readonly Need<"bucket" | "objects">[] = [
  {
    sid: "Files",
    may: "read, write and delete the files in its bucket",
    actions: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    on: ["objects"],
  },
  { sid: "FileNames", may: "list the files in its bucket", actions: ["s3:ListBucket"], on: ["bucket"] },
];
