import { Readable } from "node:stream";
import { HttpError } from "../../http/problem.ts";
import { defineRoute, type Route } from "../../http/route.ts";
import { withBody } from "../../http/upload-body.ts";
import { signedBlobsPath } from "./path.ts";

const common = {
  path: signedBlobsPath,
  tag: "Blobs",
  scope: "public",
  response: { status: 200, contentType: "application/octet-stream" },
  handler: async ({ services, reply }: Parameters<Route["handler"]>[0]) => {
    const { method, url, headers, raw } = reply.request;
    const answer = await withBody(raw, async (body) => services.blobs.serve?.({ method, url, headers, body }));
    if (answer === undefined) {
      throw new HttpError(
        "route_not_found",
        "The files of this server are kept elsewhere, and so are their signed URLs.",
      );
    }
    reply.code(answer.status).headers(answer.headers);
    return typeof answer.body === "string" ? answer.body : Readable.from(answer.body, { objectMode: false });
  },
} as const;

export const getSignedBlob = defineRoute({
  ...common,
  method: "GET",
  operationId: "getSignedBlob",
  summary: "Download by a signed URL",
  description: "The query is the signature's: use the URL as it was given. With S3, signed URLs lead there instead.",
});

export const putSignedBlob = defineRoute({
  ...common,
  method: "PUT",
  operationId: "putSignedBlob",
  summary: "Upload by a signed URL",
  description: "Send the headers that were given with the URL. With S3, signed URLs lead there instead.",
  upload: true,
});
