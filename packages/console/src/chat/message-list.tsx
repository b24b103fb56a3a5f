import { ArrowDown } from "lucide-react";
import { Fragment, type UIEvent, useEffect } from "react";
import type { Message, Participant } from "../api/types.ts";
import { Button } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { dayLabel } from "../lib/time.ts";
import { LiveItem, UnsentItem, WaitingItem } from "./live-item.tsx";
import type { Live } from "./live.ts";
import { MessageItem, messageElementId } from "./message-item.tsx";
import { canRetry } from "./messages.ts";
import type { Unsent } from "./outbox.ts";
import { type Scroll, useScroll } from "./use-scroll.ts";

export interface MessageListProps {
  readonly messages: readonly Message[];
  readonly live: Live;
  readonly unsent: readonly Unsent[];
  readonly myId: string;
  readonly agents: readonly Participant[];
  /** Sequence of a message to show, found by a search. */
  readonly found: number | undefined;
  readonly older: { readonly exist: boolean; readonly loading: boolean; readonly load: () => void };
  readonly onRetry: (sequence: number) => void;
  readonly onSend: (unsent: Unsent) => void;
  readonly onEdit: (unsent: Unsent) => void;
}

const loadWithinPx = 600;

export function MessageList(props: MessageListProps) {
  const { messages, live, unsent, older } = props;
  const scroll = useScroll(messages[0]?.sequence);
  useShown(props, scroll);
  const onScroll = ({ currentTarget }: UIEvent) => {
    if (currentTarget.scrollTop < loadWithinPx && older.exist && !older.loading) older.load();
  };
  const waiting = live.reply === undefined && messages.some(({ pending }) => pending);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroll.box}
        onScroll={onScroll}
        tabIndex={-1}
        data-messages
        className="h-full overflow-y-auto outline-none [overflow-anchor:none] scroll-slim"
      >
        <div ref={scroll.content} className="mx-auto flex max-w-3xl flex-col gap-4 px-4 pt-8 pb-6 sm:px-6">
          <Older {...older} />
          <Messages {...props} />
          {live.reply !== undefined && <LiveItem reply={live.reply} />}
          {waiting && <WaitingItem agents={props.agents} />}
          {unsent.map((one) => (
            <UnsentItem key={one.key} unsent={one} onSend={props.onSend} onEdit={props.onEdit} />
          ))}
        </div>
      </div>
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 bottom-0 h-6 bg-linear-to-t from-background to-transparent"
      />
      <ToLatest scroll={scroll} />
    </div>
  );
}

/** Brings into sight what was just sent, and what was looked for. */
function useShown({ messages, unsent, found }: MessageListProps, { toEnd, release }: Scroll): void {
  const sent = unsent.at(-1)?.key;
  const foundIsHere = found !== undefined && messages.some(({ sequence }) => sequence === found);
  useEffect(() => {
    if (sent !== undefined) toEnd();
  }, [sent, toEnd]);
  useEffect(() => {
    if (!foundIsHere) return;
    release();
    document.getElementById(messageElementId(found))?.scrollIntoView({ block: "center" });
  }, [foundIsHere, found, release]);
}

function ToLatest({ scroll: { following, toEnd } }: { scroll: Scroll }) {
  return (
    <Button
      variant="outline"
      size="sm"
      onClick={toEnd}
      tabIndex={following ? -1 : 0}
      aria-hidden={following}
      className={cn(
        "absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-raised transition-all",
        following && "pointer-events-none translate-y-2 opacity-0",
      )}
    >
      <ArrowDown aria-hidden />
      Latest
    </Button>
  );
}

function Older({ exist, loading, load }: MessageListProps["older"]) {
  if (!exist) return null;
  return (
    <div className="flex justify-center">
      <Button variant="ghost" size="sm" busy={loading} onClick={load}>
        Show older messages
      </Button>
    </div>
  );
}

function Messages({ messages, live, myId, found, onRetry }: MessageListProps) {
  const now = new Date();
  return messages.map((message, i) => {
    const day = dayLabel(message.createdAt, now);
    const before = messages[i - 1];
    const newDay = before === undefined ? day !== "Today" : dayLabel(before.createdAt, now) !== day;
    return (
      <Fragment key={message.sequence}>
        {newDay && (
          <div className="flex items-center gap-4 text-xs font-medium text-muted-foreground">
            <span className="h-px flex-1 bg-border" />
            {day}
            <span className="h-px flex-1 bg-border" />
          </div>
        )}
        <MessageItem
          message={message}
          mine={message.author.id === myId}
          found={message.sequence === found}
          reasoning={live.reasoning.get(message.sequence)}
          onRetry={canRetry(messages, message) && live.reply?.turn !== message.replyTo ? onRetry : undefined}
        />
      </Fragment>
    );
  });
}
