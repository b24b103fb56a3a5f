import { CircleStop, RotateCcw } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { Message } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Markdown } from "../components/markdown.tsx";
import { Notice } from "../components/notice.tsx";
import { Button } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { clockTime, fullTime } from "../lib/time.ts";
import { AttachmentList } from "./attachment-list.tsx";
import { Reasoning, ToolUses } from "./tool-uses.tsx";

export const messageElementId = (sequence: number): string => `message-${sequence}`;

interface MessageItemProps {
  readonly message: Message;
  readonly mine: boolean;
  readonly found: boolean;
  readonly reasoning: string | undefined;
  readonly onRetry: ((sequence: number) => void) | undefined;
}

export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  return (
    <article
      id={messageElementId(props.message.sequence)}
      data-sequence={props.message.sequence}
      aria-label={`${props.mine ? "You" : props.message.author.name}, ${clockTime(props.message.createdAt)}`}
      className={cn(
        "group scroll-mt-24 rounded-2xl transition-shadow duration-700",
        props.found && "ring-2 ring-ring/60 ring-offset-8 ring-offset-background",
      )}
    >
      {props.mine ? <OwnMessage message={props.message} /> : <OthersMessage {...props} />}
    </article>
  );
});

function OwnMessage({ message }: { message: Message }) {
  return (
    <OwnBubble
      text={message.text}
      above={<Attachments message={message} className="justify-end" />}
      below={
        <div className="flex h-7 items-center gap-1 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
          <Time at={message.createdAt} />
          {message.text !== "" && <CopyButton text={message.text} what="message" />}
        </div>
      }
    />
  );
}

function Attachments({ message, className }: { message: Message; className?: string }) {
  const { conversationId, attachments = [] } = message;
  return (
    <AttachmentList
      conversationId={conversationId}
      attachments={attachments}
      {...(className === undefined ? {} : { className })}
    />
  );
}

interface OwnBubbleProps {
  readonly text: string;
  readonly above?: ReactNode;
  readonly below: ReactNode;
  readonly faded?: boolean;
}

export function OwnBubble({ text, above, below, faded = false }: OwnBubbleProps) {
  return (
    <div className="flex flex-col items-end gap-1.5 pl-10 sm:pl-20">
      {above}
      {text !== "" && (
        <div
          className={cn(
            "max-w-full rounded-2xl rounded-br-md bg-tint px-4 py-2.5 leading-relaxed wrap-anywhere whitespace-pre-wrap text-foreground",
            faded && "opacity-60",
          )}
        >
          {text}
        </div>
      )}
      {below}
    </div>
  );
}

/** The place of one who speaks: a face, a name, and what they say. */
export function Speech({
  author,
  aside,
  children,
}: {
  author: Message["author"];
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="grid grid-cols-[2rem_minmax(0,1fr)] gap-x-3.5">
      <Avatar id={author.id} name={author.name} kind={author.kind} />
      <div className="flex min-w-0 flex-col gap-2.5">
        <header className="flex min-h-8 flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-semibold tracking-tight">{author.name}</span>
          {aside}
        </header>
        {children}
      </div>
    </div>
  );
}

function OthersMessage({ message, reasoning, onRetry }: MessageItemProps) {
  const { author, text, toolUses, model, usage } = message;
  return (
    <Speech
      author={author}
      aside={
        <>
          {model !== undefined && <span className="font-mono text-xs text-muted-foreground">{model}</span>}
          <Time at={message.createdAt} />
        </>
      }
    >
      {reasoning !== undefined && <Reasoning text={reasoning} />}
      {toolUses !== undefined && <ToolUses uses={toolUses} />}
      {text !== "" &&
        (author.kind === "user" ? (
          <p className="leading-relaxed wrap-anywhere whitespace-pre-wrap">{text}</p>
        ) : (
          <Markdown text={text} />
        ))}
      <Attachments message={message} />
      <Outcome message={message} onRetry={onRetry} />
      {text !== "" && (
        <footer className="-ml-1.5 flex h-7 items-center gap-2 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
          <CopyButton text={text} what="message" />
          {usage !== undefined && usage.outputTokens > 0 && (
            <span className="text-xs text-muted-foreground">
              {usage.inputTokens.toLocaleString()} tokens in, {usage.outputTokens.toLocaleString()} out
            </span>
          )}
        </footer>
      )}
    </Speech>
  );
}

function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fullTime(at)} className="text-xs text-muted-foreground">
      {clockTime(at)}
    </time>
  );
}

/** How a reply ended that is not whole, and the way to ask again. */
function Outcome({ message, onRetry }: Pick<MessageItemProps, "message" | "onRetry">) {
  if (message.status === "complete") return null;
  const retry = onRetry !== undefined && (
    <Button variant="outline" size="sm" onClick={() => onRetry(message.sequence)}>
      <RotateCcw aria-hidden />
      Retry
    </Button>
  );
  if (message.status === "failed") {
    return (
      <Notice tone="danger" action={retry}>
        {message.error?.message ?? "The reply failed."}
      </Notice>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm text-muted-foreground">
      <span className="inline-flex items-center gap-1.5">
        <CircleStop className="size-4" aria-hidden />
        Stopped
      </span>
      {retry}
    </div>
  );
}
