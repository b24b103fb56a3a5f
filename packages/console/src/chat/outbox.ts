import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, newKey } from "../api/client.ts";
import { answer, type Problem, problemOf } from "../api/problem.ts";
import type { Message, MessageAttachment } from "../api/types.ts";
import { keep, kept } from "../lib/kept.ts";
import { keepMessages } from "./messages.ts";

/** A message that the server is not known to have. */
export interface Unsent {
  /** Its Idempotency-Key: sent again under it, the message is stored once. */
  readonly key: string;
  readonly text: string;
  readonly attachments: readonly MessageAttachment[];
  /** Why it was not sent; undefined while it is on its way. */
  readonly problem: Problem | undefined;
}

type Said = Pick<Unsent, "text" | "attachments">;

const none: readonly Unsent[] = [];
const boxes = new Map<string, readonly Unsent[]>();
const lines = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();
const retryDelaysMs = [400, 1200, 3000];

const nameOf = (conversationId: string) => `aloft.unsent.${conversationId}`;

function change(conversationId: string, to: (box: readonly Unsent[]) => readonly Unsent[]): void {
  const box = to(boxes.get(conversationId) ?? none);
  boxes.set(conversationId, box);
  const left = box.map(({ key, text, attachments }) => ({ key, text, attachments }));
  keep("sessionStorage", nameOf(conversationId), left.length === 0 ? undefined : JSON.stringify(left));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUnsent(conversationId: string): readonly Unsent[] {
  return useSyncExternalStore(subscribe, () => boxes.get(conversationId) ?? none);
}

/** Sends a message after those before it; it stands in the outbox until the server has it. */
export function send(client: QueryClient, conversationId: string, said: Said, key: string = newKey()): void {
  const { text, attachments } = said;
  const unsent = { key, text, attachments, problem: undefined };
  change(conversationId, (box) => [...box.filter((one) => one.key !== key), unsent]);
  const line = lines.get(conversationId) ?? Promise.resolve();
  lines.set(
    conversationId,
    line.then(() => deliver(client, conversationId, unsent)),
  );
}

async function deliver(client: QueryClient, conversationId: string, { key, ...said }: Omit<Unsent, "problem">) {
  try {
    const message = await post(conversationId, key, said);
    keepMessages(client, conversationId, [message]);
    discard(conversationId, key);
  } catch (error) {
    const problem = problemOf(error);
    change(conversationId, (box) => box.map((one) => (one.key === key ? { ...one, problem } : one)));
  }
}

async function post(conversationId: string, key: string, { text, attachments }: Said): Promise<Message> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await answer(
        api.POST("/api/v1/conversations/{id}/messages", {
          params: { path: { id: conversationId } },
          body: { text, attachmentIds: attachments.map(({ id }) => id) },
          headers: { "Idempotency-Key": key },
        }),
      );
    } catch (error) {
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined || !problemOf(error).passing) throw error;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

export function discard(conversationId: string, key: string): void {
  change(conversationId, (box) => box.filter((one) => one.key !== key));
}

/** A message that was heard of is in the outbox no longer, even if the answer to sending it is still to come. */
export function heard(conversationId: string, text: string): void {
  const sent = boxes.get(conversationId)?.find((one) => one.text === text && one.problem === undefined);
  if (sent !== undefined) discard(conversationId, sent.key);
}

/** Sends what a page that was closed or reloaded left unsent. */
export function resumeUnsent(client: QueryClient, conversationId: string): void {
  if (boxes.has(conversationId)) return;
  boxes.set(conversationId, none);
  const left = kept("sessionStorage", nameOf(conversationId));
  if (left === undefined) return;
  const unsent = JSON.parse(left) as (Pick<Unsent, "key" | "text"> & Partial<Said>)[];
  for (const { key, text, attachments = [] } of unsent) send(client, conversationId, { text, attachments }, key);
}
