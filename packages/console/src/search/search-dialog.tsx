import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CornerDownLeft, LoaderCircle, Search, SearchX } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { searchQuery } from "../api/queries.ts";
import type { Found } from "../api/types.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Button } from "../components/ui/button.tsx";
import { overlayClass } from "../components/ui/dialog.tsx";
import { cn } from "../lib/cn.ts";
import { useSettled } from "../lib/use-lasting.ts";
import { ago } from "../lib/time.ts";

const settleMs = 160;

interface SearchDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function SearchDialog({ open, onOpenChange }: SearchDialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className={overlayClass} />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[max(1rem,12vh)] left-1/2 z-50 flex max-h-[min(36rem,76dvh)] w-[calc(100vw-2rem)] max-w-2xl -translate-x-1/2 animate-appear flex-col overflow-hidden rounded-2xl border bg-surface shadow-floating outline-none"
        >
          <Dialog.Title className="sr-only">Search messages</Dialog.Title>
          <SearchPanel onLeave={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function SearchPanel({ onLeave }: { onLeave: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const navigate = useNavigate();
  const q = useSettled(text.trim(), settleMs);
  const search = useInfiniteQuery({ ...searchQuery(q), placeholderData: keepPreviousData });
  const found = q === "" ? [] : (search.data?.pages.flatMap(({ items }) => items) ?? []);
  const current = Math.min(at, found.length - 1);
  const go = ({ conversationId, message }: Found) => {
    onLeave();
    const to = "/conversations/$conversationId";
    void navigate({ to, params: { conversationId }, search: { message: message.sequence } });
  };
  return (
    <>
      <SearchBox
        text={text}
        busy={search.isFetching && q !== ""}
        listId={listId}
        activeId={found.length > 0 ? optionId(listId, current) : undefined}
        onText={(to) => {
          setText(to);
          setAt(0);
        }}
        onMove={(by) => setAt(Math.max(0, Math.min(current + by, found.length - 1)))}
        onPick={() => found[current] !== undefined && go(found[current])}
      />
      <div className="min-h-0 flex-1 overflow-y-auto p-2 scroll-slim">
        {search.error !== null && q !== "" && (
          <ProblemNotice error={search.error} onRetry={() => void search.refetch()} />
        )}
        <ul id={listId} role="listbox" aria-label="Messages found" className="flex flex-col gap-px">
          {found.map((one, i) => (
            <Option
              key={`${one.conversationId}/${one.message.sequence}`}
              id={optionId(listId, i)}
              found={one}
              current={i === current}
              onPick={() => go(one)}
              onPoint={() => setAt(i)}
            />
          ))}
        </ul>
        {search.hasNextPage && found.length > 0 && (
          <Button
            variant="ghost"
            size="sm"
            className="mt-1 w-full"
            busy={search.isFetchingNextPage}
            onClick={() => void search.fetchNextPage()}
          >
            Show more
          </Button>
        )}
        <Nothing q={q} none={q !== "" && search.isSuccess && !search.isFetching && found.length === 0} />
      </div>
    </>
  );
}

const optionId = (listId: string, i: number) => `${listId}-${i}`;

interface SearchBoxProps {
  readonly text: string;
  readonly busy: boolean;
  readonly listId: string;
  readonly activeId: string | undefined;
  readonly onText: (text: string) => void;
  readonly onMove: (by: number) => void;
  readonly onPick: () => void;
}

function SearchBox({ text, busy, listId, activeId, onText, onMove, onPick }: SearchBoxProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") onMove(1);
    else if (event.key === "ArrowUp") onMove(-1);
    else if (event.key === "Enter") onPick();
    else return;
    event.preventDefault();
  };
  const Icon = busy ? LoaderCircle : Search;
  return (
    <div className="flex h-14 shrink-0 items-center gap-3 border-b px-4">
      <Icon className={cn("size-5 text-muted-foreground", busy && "animate-spin")} aria-hidden />
      <input
        role="combobox"
        aria-label="Search messages"
        aria-expanded={activeId !== undefined}
        aria-controls={listId}
        aria-activedescendant={activeId}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        maxLength={400}
        placeholder="Search in all of your conversations"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        className="h-full min-w-0 flex-1 bg-transparent outline-none"
      />
    </div>
  );
}

function Nothing({ q, none }: { q: string; none: boolean }) {
  if (q === "") {
    return (
      <p className="px-4 py-12 text-center text-sm text-muted-foreground">
        Type a few words. Messages that hold all of them are found, newest first.
      </p>
    );
  }
  if (!none) return null;
  return (
    <p role="status" className="flex flex-col items-center gap-3 px-4 py-12 text-center text-sm text-muted-foreground">
      <SearchX className="size-6" aria-hidden />
      No message holds all of these words.
    </p>
  );
}

interface OptionProps {
  readonly id: string;
  readonly found: Found;
  readonly current: boolean;
  readonly onPick: () => void;
  readonly onPoint: () => void;
}

function Option({ id, found, current, onPick, onPoint }: OptionProps) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (current) element.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const { message, conversationTitle, snippet } = found;
  return (
    <li
      ref={element}
      id={id}
      role="option"
      aria-selected={current}
      onClick={onPick}
      onPointerMove={onPoint}
      className={cn("flex cursor-pointer flex-col gap-1 rounded-xl px-3 py-2.5", current && "bg-accent")}
    >
      <span className="flex items-center gap-2 text-xs text-muted-foreground">
        <span className="truncate font-medium text-foreground">
          {conversationTitle === "" ? "Conversation" : conversationTitle}
        </span>
        <span className="shrink-0">{message.author.name}</span>
        <span className="shrink-0">{ago(message.createdAt, new Date())}</span>
        {current && <CornerDownLeft className="ml-auto size-3.5 shrink-0" aria-hidden />}
      </span>
      <span className="line-clamp-3 text-sm leading-relaxed wrap-anywhere">{highlighted(snippet)}</span>
    </li>
  );
}

/** The text with the words that were looked for marked. */
function highlighted({ text, highlights }: Found["snippet"]): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const [from = 0, to = 0] of highlights) {
    parts.push(text.slice(end, from), <mark key={from}>{text.slice(from, to)}</mark>);
    end = to;
  }
  return [...parts, text.slice(end)];
}
