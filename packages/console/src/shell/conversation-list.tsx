import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { conversationsQuery } from "../api/queries.ts";
import type { Conversation } from "../api/types.ts";
import { DeleteConversation, RenameConversation } from "../chat/conversation-dialogs.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Skeleton } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../components/ui/menu.tsx";
import { dayGroup } from "../lib/time.ts";
import { useOrganization } from "../session.tsx";

interface Group {
  readonly name: string;
  readonly items: Conversation[];
}

/** Runs of conversations under the same heading; the list is newest first. */
function groupsOf(conversations: readonly Conversation[], now: Date): readonly Group[] {
  const groups: Group[] = [];
  for (const conversation of conversations) {
    const name = dayGroup(conversation.createdAt, now);
    const last = groups.at(-1);
    if (last?.name === name) last.items.push(conversation);
    else groups.push({ name, items: [conversation] });
  }
  return groups;
}

type Open = { readonly what: "rename" | "delete"; readonly conversation: Conversation } | undefined;

export function ConversationList() {
  const organization = useOrganization();
  const list = useInfiniteQuery(conversationsQuery(organization.id));
  const [open, setOpen] = useState<Open>();
  const close = (stays: boolean) => {
    if (!stays) setOpen(undefined);
  };
  const all = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <nav aria-label="Conversations" className="min-h-0 flex-1 overflow-y-auto px-3 pb-4 scroll-slim">
      {list.isPending && <Loading />}
      {list.error !== null && list.data === undefined && (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.data !== undefined && all.length === 0 && (
        <p className="px-3 py-4 text-sm text-muted-foreground">Your conversations will be listed here.</p>
      )}
      {groupsOf(all, new Date()).map(({ name, items }) => (
        <section key={name} aria-label={name} className="pt-3">
          <h2 className="px-3 pb-1 text-xs font-medium text-muted-foreground">{name}</h2>
          <ul className="flex flex-col gap-px">
            {items.map((conversation) => (
              <Item
                key={conversation.id}
                conversation={conversation}
                onOpen={(what) => setOpen({ what, conversation })}
              />
            ))}
          </ul>
        </section>
      ))}
      {list.hasNextPage && <More loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />}
      {open?.what === "rename" && <RenameConversation conversation={open.conversation} open onOpenChange={close} />}
      {open?.what === "delete" && <DeleteConversation conversation={open.conversation} open onOpenChange={close} />}
    </nav>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading conversations" className="flex flex-col gap-2 px-1 pt-4">
      {[70, 85, 60, 78].map((width) => (
        <Skeleton key={width} className="h-7" />
      ))}
    </div>
  );
}

function Item({ conversation, onOpen }: { conversation: Conversation; onOpen: (what: "rename" | "delete") => void }) {
  const { id, title, activeTurn } = conversation;
  const name = title === "" ? "Conversation" : title;
  return (
    <li className="group relative">
      <Link
        to="/conversations/$conversationId"
        params={{ conversationId: id }}
        className="flex h-8 items-center gap-2 rounded-lg pr-8 pl-3 text-sm text-foreground/90 transition-colors hover:bg-accent data-[status=active]:bg-accent data-[status=active]:font-medium data-[status=active]:text-foreground"
      >
        <span className="min-w-0 flex-1 truncate">{name}</span>
        {activeTurn !== null && (
          <span className="size-1.5 shrink-0 animate-breathe rounded-full bg-primary" title="A reply is under way" />
        )}
      </Link>
      <Menu
        trigger={
          <Button
            variant="ghost"
            size="bare"
            aria-label={`Menu of ${name}`}
            className="absolute top-1 right-1 size-6 rounded-md opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100"
          >
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={() => onOpen("rename")}>
          <Pencil />
          Rename
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger onSelect={() => onOpen("delete")}>
          <Trash2 />
          Delete
        </MenuItem>
      </Menu>
    </li>
  );
}

/** Asks for more once it comes into sight; a button for those who get to it otherwise. */
function More({ loading, onMore }: { loading: boolean; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const more = useRef(onMore);
  more.current = onMore;
  useEffect(() => {
    if (end.current === null || loading) return undefined;
    const watch = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) more.current();
    });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [loading]);
  return (
    <div ref={end} className="pt-2">
      <Button variant="ghost" size="sm" className="w-full" busy={loading} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}
