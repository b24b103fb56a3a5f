import { deleteAttachment as remove } from "@aloft/core/attachments/attachments";
import { defineRoute } from "../../http/route.ts";
import { attachmentParams } from "./schemas.ts";

export const deleteAttachment = defineRoute({
  method: "DELETE",
  path: "/api/v1/conversations/{id}/attachments/{attachmentId}",
  operationId: "deleteAttachment",
  summary: "Remove a file that you uploaded and did not send",
  tag: "Attachments",
  scope: "conversations:write",
  params: attachmentParams,
  response: { status: 204 },
  problems: ["conflict"],
  handler: ({ context, services, params }) => remove(context, services.blobs, params.id, params.attachmentId),
});
