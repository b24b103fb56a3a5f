import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { MessageCircleOff } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { toast } from "sonner";
import { api } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { conversationQuery, messagesQuery } from "../api/queries.ts";
import type { Conversation } from "../api/types.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Empty, Skeleton } from "../components/page.tsx";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { useMe } from "../session.tsx";
import { Announcer } from "./announcer.tsx";
import { ChatHeader } from "./chat-header.tsx";
import { forgetConversation } from "./conversations.ts";
import { Composer, type ComposerHandle } from "./composer.tsx";
import { MessageList } from "./message-list.tsx";
import { inOrder, markPending } from "./messages.ts";
import { OfflineHint } from "./offline-hint.tsx";
import { discard, resumeUnsent, send, type Unsent, useUnsent } from "./outbox.ts";
import { useUploads } from "./uploads.ts";
import { useChat } from "./use-chat.ts";
import { useFound } from "./use-found.ts";

const route = getRouteApi("/shell/conversations/$conversationId");

export function ChatPage() {
  const { conversationId } = route.useParams();
  const conversation = useQuery(conversationQuery(conversationId));
  if (conversation.data !== undefined) return <Chat key={conversationId} conversation={conversation.data} />;
  if (conversation.error === null) return <ChatSkeleton />;
  if (problemOf(conversation.error).status === 404) return <NoConversation />;
  return <ProblemNotice className="m-6" error={conversation.error} onRetry={() => void conversation.refetch()} />;
}

function NoConversation() {
  return (
    <div className="mx-auto w-full max-w-lg p-6 pt-20">
      <Empty icon={MessageCircleOff} title="There is no such conversation">
        It was deleted, or you do not take part in it. Pick another in the sidebar, or begin a new one.
      </Empty>
    </div>
  );
}

function ChatSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="mx-auto flex w-full max-w-3xl flex-col gap-8 px-6 pt-24">
      <Skeleton className="h-12 w-2/5 self-end" />
      <Skeleton className="h-36" />
      <Skeleton className="h-12 w-1/2 self-end" />
      <Skeleton className="h-24" />
    </div>
  );
}

function Chat({ conversation }: { conversation: Conversation }) {
  const { id } = conversation;
  const client = useQueryClient();
  const composer = useRef<ComposerHandle>(null);
  const uploads = useUploads(id);
  const chat = useConversation(conversation);
  const actions = useActions(id);
  const agents = conversation.participants.filter(({ kind }) => kind === "agent");
  const edit = ({ text, attachments, key }: Unsent) => {
    discard(id, key);
    if (text !== "") composer.current?.add(text);
    uploads.restore(attachments);
    composer.current?.focus();
  };
  const stop = () => {
    actions.stop();
    composer.current?.focus();
  };
  return (
    <section aria-label="Conversation" className="flex h-full min-h-0 flex-col">
      <ChatHeader conversation={conversation} connected={chat.live.connected} />
      {chat.messages === undefined ? (
        <div className="min-h-0 flex-1">
          {chat.error === null ? (
            <ChatSkeleton />
          ) : (
            <ProblemNotice className="m-6" error={chat.error} onRetry={chat.reload} />
          )}
        </div>
      ) : (
        <MessageList
          {...chat}
          messages={chat.messages}
          agents={agents}
          onRetry={actions.retry}
          onSend={({ key, ...said }) => send(client, id, said, key)}
          onEdit={edit}
        />
      )}
      <Announcer messages={chat.messages} reply={chat.live.reply} />
      <div className="mx-auto flex w-full max-w-3xl flex-col gap-2 px-3 pb-3 sm:px-6 sm:pb-5">
        <OfflineHint agents={agents} />
        <Composer
          draftId={id}
          handle={composer}
          placeholder={placeholderFor(agents.map(({ name }) => name))}
          onSend={(text, attachments) => send(client, id, { text, attachments })}
          attaching={{ conversationId: id, uploads }}
          onStop={chat.running ? stop : undefined}
        />
      </div>
    </section>
  );
}

/** All that is to be shown of a conversation, kept up to date. */
function useConversation({ id, title }: Conversation) {
  const client = useQueryClient();
  const me = useMe();
  const history = useInfiniteQuery(messagesQuery(id));
  const unsent = useUnsent(id);
  const after = history.data === undefined ? undefined : (history.data.pages[0]?.items[0]?.sequence ?? 0);
  const live = useChat({ conversationId: id, myId: me.id, after, onGone: useGone(id) });
  const messages = useMemo(() => (history.data === undefined ? undefined : inOrder(history.data)), [history.data]);
  const found = useFound(history, route.useSearch().message);
  useDocumentTitle(title === "" ? "Conversation" : title);
  useEffect(() => resumeUnsent(client, id), [client, id]);
  return {
    messages,
    live,
    unsent,
    found,
    myId: me.id,
    error: history.error,
    reload: () => void history.refetch(),
    running: live.reply !== undefined || messages?.some(({ pending }) => pending) === true,
    older: {
      exist: history.hasNextPage,
      loading: history.isFetchingNextPage,
      load: () => void history.fetchNextPage(),
    },
  };
}

/** Leaves a conversation that is there no more. */
function useGone(id: string): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useCallback(() => {
    toast.info("This conversation was deleted, or you no longer take part in it.");
    void navigate({ to: "/" }).then(() => forgetConversation(client, id));
  }, [client, id, navigate]);
}

function placeholderFor(names: readonly string[]): string {
  if (names.length === 0) return "Write a message. No agent takes part: nobody will reply.";
  return names.length === 1 ? `Message ${names[0]}` : `Message, or @name to pick who replies`;
}

function useActions(id: string) {
  const client = useQueryClient();
  const params = { path: { id } };
  const retry = async (sequence: number) => {
    const path = { id, sequence };
    const { turn } = await answer(
      api.POST("/api/v1/conversations/{id}/messages/{sequence}/retry", { params: { path } }),
    );
    markPending(client, id, turn, true);
  };
  const stop = async () => {
    await answer(api.POST("/api/v1/conversations/{id}/cancel", { params }));
  };
  const told = (error: unknown) => void toast.error(problemOf(error).message);
  return {
    retry: useCallback((sequence: number) => void retry(sequence).catch(told), [id]),
    stop: () => void stop().catch(told),
  };
}
