import { useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { api, newKey, reportStatus } from "../api/client.ts";
import { type Problem, problemOf, problemOfAnswer } from "../api/problem.ts";
import type { Attachment, MessageAttachment } from "../api/types.ts";

export const maxAttachments = 10;

/** A file that is to go with the next message. */
export interface Pending {
  readonly key: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** From 0 to 1, as far as it is sent. */
  readonly progress: number;
  /** Once the server has it. */
  readonly attachment: MessageAttachment | undefined;
  readonly problem: Problem | undefined;
}

export interface Uploads {
  readonly pending: readonly Pending[];
  add(files: readonly File[]): void;
  /** Stops an upload, or removes what was uploaded. */
  remove(key: string): void;
  /** Puts back what a message that was not sent had. */
  restore(attachments: readonly MessageAttachment[]): void;
  /** Hands over what was uploaded, and begins anew. */
  take(): readonly MessageAttachment[];
}

/** The files being attached in a conversation. */
export function useUploads(conversationId: string): Uploads {
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const aborts = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const running = aborts.current;
    return () => {
      for (const abort of running.values()) abort.abort();
    };
  }, []);
  const change = (key: string, to: Partial<Pending>) =>
    setPending((all) => all.map((one) => (one.key === key ? { ...one, ...to } : one)));

  const start = async (key: string, file: File) => {
    const abort = new AbortController();
    aborts.current.set(key, abort);
    try {
      const onProgress = (progress: number) => change(key, { progress });
      const attachment = await upload(conversationId, file, onProgress, abort.signal);
      change(key, { attachment, progress: 1 });
    } catch (error) {
      if (!abort.signal.aborted) change(key, { problem: problemOf(error) });
    } finally {
      aborts.current.delete(key);
    }
  };

  return {
    pending,
    add(files) {
      const room = maxAttachments - pending.length;
      if (files.length > room) toast.error(`A message takes ${maxAttachments} files at most.`);
      const added = files.slice(0, room).map((file) => ({ file, key: newKey() }));
      setPending((all) => [...all, ...added.map(({ file, key }) => pendingOf(key, file.name, file.size))]);
      for (const { file, key } of added) void start(key, file);
    },
    remove(key) {
      aborts.current.get(key)?.abort();
      const attachment = pending.find((one) => one.key === key)?.attachment;
      if (attachment !== undefined) void forget(conversationId, attachment.id);
      setPending((all) => all.filter((one) => one.key !== key));
    },
    restore(attachments) {
      const back = attachments.map((one) => ({ ...pendingOf(newKey(), one.name, one.sizeBytes), attachment: one }));
      setPending((all) => [...all, ...back]);
    },
    take() {
      const taken = pending.flatMap(({ attachment }) => (attachment === undefined ? [] : [attachment]));
      setPending([]);
      return taken;
    },
  };
}

function pendingOf(key: string, name: string, sizeBytes: number): Pending {
  return { key, name, sizeBytes, progress: 0, attachment: undefined, problem: undefined };
}

/** What the server cannot remove now, it removes by itself after a day. */
async function forget(id: string, attachmentId: string): Promise<void> {
  const params = { path: { id, attachmentId } };
  await api.DELETE("/api/v1/conversations/{id}/attachments/{attachmentId}", { params }).catch(() => undefined);
}

/** By XMLHttpRequest, for `fetch` does not tell how far it has sent. @throws {Problem} */
function upload(
  conversationId: string,
  file: File,
  onProgress: (progress: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  const path = `/api/v1/conversations/${encodeURIComponent(conversationId)}/attachments`;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?name=${encodeURIComponent(nameOf(file))}`);
    request.setRequestHeader("Content-Type", file.type === "" ? "application/octet-stream" : file.type);
    request.setRequestHeader("Idempotency-Key", newKey());
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
    request.addEventListener("load", () => {
      const { status, statusText, responseText } = request;
      reportStatus(status);
      if (status === 201) resolve(JSON.parse(responseText) as Attachment);
      else reject(problemOfAnswer(responseText, { status, statusText }));
    });
    request.addEventListener("error", () => reject(problemOf(new TypeError("no answer"))));
    request.addEventListener("abort", () => reject(problemOf(signal.reason)));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** As the server takes it: pasted images have no name of their own, and some systems write accents apart. */
function nameOf({ name }: File): string {
  return name === "" ? "file" : name.normalize().slice(-200);
}
