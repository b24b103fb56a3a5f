import { uploadAttachment as upload } from "@aloft/core/attachments/attachments";
import { fileName } from "@aloft/core/attachments/tables";
import { tooLarge } from "@aloft/core/attachments/upload-body";
import { InvalidError } from "@aloft/core/errors";
import { z } from "zod";
import { HttpError } from "../../http/problem.ts";
import { defineRoute } from "../../http/route.ts";
import { withBody } from "../../http/upload-body.ts";
import { idParams } from "../common.ts";
import { attachment, presentAttachment } from "./schemas.ts";

/** The SHA-256 of a `Content-Digest` header, as hex digits. @see https://www.rfc-editor.org/rfc/rfc9530 */
function digestOf(header: string | readonly string[] | undefined): string | undefined {
  const [, given] = /(?:^|,)\s*sha-256=([^,]*)/.exec(String(header ?? "")) ?? [];
  if (given === undefined) return undefined;
  const [, base64] = /^:([A-Za-z0-9+/]{43}=):\s*$/.exec(given) ?? [];
  if (base64 !== undefined) return Buffer.from(base64, "base64").toString("hex");
  const message = "must be sha-256=:…:, with the digest in base64";
  throw new InvalidError(`headers.content-digest: ${message}.`, [{ path: "headers.content-digest", message }]);
}

export const uploadAttachment = defineRoute({
  method: "POST",
  path: "/api/v1/conversations/{id}/attachments",
  operationId: "uploadAttachment",
  summary: "Upload a file, to go with a message",
  description:
    "The body is the file itself. What it is, its first bytes tell; Content-Type only tells one text, or one office " +
    "document, from another. Send the answer's `id` among a message's `attachmentIds` within 24 hours, or it goes. With " +
    "`Content-Digest: sha-256=:…:` other bytes are refused. An Idempotency-Key covers name, type, length and digest: " +
    "send the digest, and it covers the bytes too.",
  tag: "Attachments",
  scope: "conversations:write",
  params: idParams,
  query: z.object({ name: fileName.meta({ description: "The file's name, without a path.", examples: ["plan.pdf"] }) }),
  upload: true,
  response: { status: 201, schema: attachment },
  problems: ["too_large", "unsupported_media_type", "request_timeout"],
  async handler({ context, services, params, query, headers, reply }) {
    const maxBytes = services.config.limits.attachmentBytes;
    if (Number(headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    if ((headers["content-encoding"] ?? "identity") !== "identity") {
      throw new HttpError("unsupported_media_type", "Send the file as it is, without a Content-Encoding.");
    }
    const sha256 = digestOf(headers["content-digest"]);
    const { name } = query;
    const contentType = headers["content-type"] ?? "";
    const checksum = sha256 === undefined ? {} : { sha256 };
    return withBody(reply.request.raw, (body) =>
      upload(context, services.blobs, params.id, { name, contentType, body, maxBytes, ...checksum }),
    );
  },
  present: presentAttachment,
});
