import { useEffect, useRef, useState } from "react";
import type { Message } from "../api/types.ts";
import type { LiveReply } from "./live.ts";

const maxCharacters = 600;

function announcementOf({ author, text, status, error }: Message): string {
  if (status === "failed") return `The reply of ${author.name} failed. ${error?.message ?? ""}`;
  if (status === "cancelled") return `The reply of ${author.name} was stopped.`;
  return `${author.name}: ${text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text}`;
}

/** Reads to those who do not see the screen that a reply has begun, and the reply once it is whole. */
export function Announcer({
  messages,
  reply,
}: {
  messages: readonly Message[] | undefined;
  reply: LiveReply | undefined;
}) {
  const [said, setSaid] = useState("");
  const newest = messages?.at(-1);
  const heard = useRef(newest?.sequence);
  const speaker = reply?.agentName;

  useEffect(() => {
    if (speaker !== undefined) setSaid(`${speaker} is replying.`);
  }, [speaker]);
  useEffect(() => {
    if (newest === undefined || newest.sequence === heard.current) return;
    const first = heard.current === undefined;
    heard.current = newest.sequence;
    if (!first && newest.author.kind !== "user") setSaid(announcementOf(newest));
  }, [newest]);

  return (
    <p role="status" aria-live="polite" className="sr-only" data-announcer>
      {said}
    </p>
  );
}
