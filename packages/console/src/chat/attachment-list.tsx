import { Download, FileText, LoaderCircle, X } from "lucide-react";
import type { MessageAttachment } from "../api/types.ts";
import { IconButton } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { sizeOf } from "../lib/size.ts";
import type { Pending } from "./uploads.ts";

/** What a browser shows, and the server lets it. */
const shown: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

function addressOf(conversationId: string, { id }: MessageAttachment): string {
  return `/api/v1/conversations/${encodeURIComponent(conversationId)}/attachments/${encodeURIComponent(id)}`;
}

interface AttachmentListProps {
  readonly conversationId: string;
  readonly attachments: readonly MessageAttachment[];
  readonly className?: string;
}

/** The files of a message: images as such, others by name. */
export function AttachmentList({ conversationId, attachments, className }: AttachmentListProps) {
  if (attachments.length === 0) return null;
  return (
    <ul aria-label="Attached files" className={cn("flex max-w-full flex-wrap items-end gap-2", className)}>
      {attachments.map((one) => (
        <li key={one.id} className="max-w-full">
          {shown.has(one.contentType) ? (
            <Thumbnail address={addressOf(conversationId, one)} attachment={one} />
          ) : (
            <FileChip address={addressOf(conversationId, one)} attachment={one} />
          )}
        </li>
      ))}
    </ul>
  );
}

interface FileProps {
  readonly address: string;
  readonly attachment: MessageAttachment;
}

function Thumbnail({ address, attachment: { name, sizeBytes } }: FileProps) {
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer"
      title={`${name}, ${sizeOf(sizeBytes)}`}
      className="block overflow-hidden rounded-xl border bg-muted shadow-low transition-colors hover:border-input"
    >
      <img src={address} alt={name} loading="lazy" className="h-40 w-auto max-w-full min-w-16 object-cover" />
    </a>
  );
}

function FileChip({ address, attachment: { name, sizeBytes } }: FileProps) {
  return (
    <a
      href={address}
      download={name}
      className="flex h-14 max-w-full items-center gap-3 rounded-xl border bg-surface py-2 pr-4 pl-2.5 text-left shadow-low transition-colors hover:border-input hover:bg-accent/50"
    >
      <FileIcon />
      <NameAndSize name={name} below={sizeOf(sizeBytes)} />
      <Download className="size-4 shrink-0 text-muted-foreground" aria-label="Download" />
    </a>
  );
}

function FileIcon() {
  return (
    <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-tint text-tint-foreground">
      <FileText className="size-4.5" aria-hidden />
    </span>
  );
}

function NameAndSize({ name, below, failed = false }: { name: string; below: string; failed?: boolean }) {
  return (
    <span className="flex min-w-0 flex-col text-sm leading-tight">
      <span className="max-w-56 truncate font-medium">{name}</span>
      <span className={cn("text-xs", failed ? "text-destructive" : "text-muted-foreground")}>{below}</span>
    </span>
  );
}

interface PendingListProps {
  readonly conversationId: string;
  readonly pending: readonly Pending[];
  readonly onRemove: (key: string) => void;
}

/** The files that are to go with the next message, as far as they are uploaded. */
export function PendingList({ conversationId, pending, onRemove }: PendingListProps) {
  if (pending.length === 0) return null;
  return (
    <ul aria-label="Files to send" className="flex max-h-56 flex-wrap gap-2 overflow-y-auto px-1 pt-1 scroll-slim">
      {pending.map((one) => (
        <li key={one.key} className="max-w-full">
          <PendingFile conversationId={conversationId} file={one} onRemove={() => onRemove(one.key)} />
        </li>
      ))}
    </ul>
  );
}

function PendingFile({
  conversationId,
  file,
  onRemove,
}: {
  conversationId: string;
  file: Pending;
  onRemove: () => void;
}) {
  const { name, attachment, problem, progress } = file;
  const uploading = attachment === undefined && problem === undefined;
  return (
    <div
      role={problem === undefined ? undefined : "alert"}
      className={cn(
        "relative flex min-h-14 max-w-full items-center gap-3 overflow-hidden rounded-xl border bg-muted/60 py-2 pr-1.5 pl-2.5",
        problem !== undefined && "border-destructive/40 bg-destructive-tint",
      )}
    >
      {attachment !== undefined && shown.has(attachment.contentType) ? (
        <img src={addressOf(conversationId, attachment)} alt="" className="size-9 shrink-0 rounded-lg object-cover" />
      ) : uploading ? (
        <span className="grid size-9 shrink-0 place-items-center">
          <LoaderCircle className="size-5 animate-spin text-primary" aria-hidden />
        </span>
      ) : (
        <FileIcon />
      )}
      {problem === undefined ? (
        <NameAndSize name={name} below={uploading ? `${Math.round(progress * 100)} %` : sizeOf(file.sizeBytes)} />
      ) : (
        <span className="flex min-w-0 flex-col text-sm leading-tight">
          <span className="max-w-56 truncate font-medium">{name}</span>
          <span className="max-w-72 text-xs text-destructive">{problem.message}</span>
        </span>
      )}
      <IconButton label={uploading ? `Stop uploading ${name}` : `Remove ${name}`} onClick={onRemove}>
        <X aria-hidden />
      </IconButton>
      {uploading && (
        <progress
          aria-label={`Uploading ${name}`}
          value={progress}
          max={1}
          className="absolute inset-x-0 bottom-0 h-0.5 w-full appearance-none overflow-hidden bg-transparent [&::-moz-progress-bar]:bg-primary [&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:bg-primary"
        />
      )}
    </div>
  );
}
