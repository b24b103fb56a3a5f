import { blobNameOf, getAttachment as get } from "@aloft/core/attachments/attachments";
import { servedAs } from "@aloft/core/attachments/kinds";
import type { Attachment } from "@aloft/core/attachments/tables";
import { contentDisposition, inertHeaders, parseEtags, parseRangeHeader } from "@aloft/core/blobs/http";
import { resolveRange } from "@aloft/core/blobs/validate";
import { InvalidError, NotFoundError } from "@aloft/core/errors";
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { HttpError } from "../../http/problem.ts";
import { defineRoute } from "../../http/route.ts";
import { attachmentParams } from "./schemas.ts";

/** Which bytes are asked for, by a condition that still holds. */
function rangeOf(headers: IncomingHttpHeaders, etag: string, sizeBytes: number) {
  const ifRange = headers["if-range"];
  const range = parseRangeHeader(headers.range);
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  try {
    return resolveRange(range, sizeBytes);
  } catch (cause) {
    if (!(cause instanceof InvalidError)) throw cause;
    const answer = { headers: { "content-range": `bytes */${sizeBytes}` }, cause };
    throw new HttpError("range_not_satisfiable", `The file has ${sizeBytes} bytes.`, answer);
  }
}

function headersOf({ name, contentType, sha256 = "" }: Attachment): Record<string, string> {
  const { type, inline } = servedAs(contentType);
  return {
    ...inertHeaders,
    "content-type": type,
    "content-disposition": contentDisposition(inline ? "inline" : "attachment", name),
    "accept-ranges": "bytes",
    // It never changes; but who may see it does.
    "cache-control": "private, no-cache",
    etag: `"${sha256}"`,
  };
}

export const getAttachment = defineRoute({
  method: "GET",
  path: "/api/v1/conversations/{id}/attachments/{attachmentId}",
  operationId: "getAttachment",
  summary: "An attached file",
  description:
    "Ranges and If-None-Match are understood. Raster images may be shown by a browser; everything else is to be saved, " +
    "and HTML, SVG, XML and scripts come as application/octet-stream.",
  tag: "Attachments",
  scope: "conversations:read",
  params: attachmentParams,
  response: { status: 200, contentType: "application/octet-stream" },
  problems: ["range_not_satisfiable"],
  async handler({ context, services, params, headers, reply }) {
    const attachment = await get(context, params.id, params.attachmentId);
    const { sizeBytes, sha256 } = attachment;
    const etag = `"${sha256}"`;
    reply.headers(headersOf(attachment));
    const known = parseEtags(headers["if-none-match"]);
    if (known.includes(etag) || headers["if-none-match"]?.trim() === "*") {
      reply.code(304);
      return undefined;
    }
    const range = reply.request.method === "HEAD" ? undefined : rangeOf(headers, etag, sizeBytes);
    const length = range === undefined ? sizeBytes : range.last - range.first + 1;
    reply.header("content-length", String(length));
    if (reply.request.method === "HEAD") return Readable.from([]);
    const found = await services.blobs.get(blobNameOf(attachment), range === undefined ? {} : { range });
    if (found?.status !== "found") throw new NotFoundError("The bytes of this attachment are gone.");
    if (range !== undefined) {
      reply.code(206).header("content-range", `bytes ${range.first}-${range.last}/${sizeBytes}`);
    }
    return Readable.from(found.body, { objectMode: false });
  },
});
