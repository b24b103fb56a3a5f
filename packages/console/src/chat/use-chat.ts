import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { problemOf } from "../api/problem.ts";
import { conversationQuery, messagesQuery } from "../api/queries.ts";
import { keepConversation, keepInLists } from "./conversations.ts";
import { type ChatEvent, listen } from "./events.ts";
import { follow, type Live, nothingLive } from "./live.ts";
import { keepMessages, markPending } from "./messages.ts";
import { heard } from "./outbox.ts";

const hiddenMs = 30_000;

interface ChatOptions {
  readonly conversationId: string;
  readonly myId: string;
  /** Sequence of the newest message, once that is known; 0: there is none. */
  readonly after: number | undefined;
  readonly onGone: () => void;
}

/** Follows a conversation as long as it is shown: messages go where queries find them, the reply under way is given. */
export function useChat({ conversationId, myId, after, onGone }: ChatOptions): Live & { readonly connected: boolean } {
  const client = useQueryClient();
  const [live, setLive] = useState(nothingLive);
  const [connected, setConnected] = useState(true);
  const start = useRef(after);
  start.current = after;
  const gone = useRef(onGone);
  gone.current = onGone;
  const known = after !== undefined;

  useEffect(() => {
    if (!known) return undefined;
    let heardAll = true;
    setLive(nothingLive);
    const batch = perFrame((events: readonly ChatEvent[]) => {
      setLive((before) => events.reduce(follow, before));
      for (const event of events) remember(client, conversationId, myId, event);
      if (events.some(({ type }) => type === "conversation.deleted")) gone.current();
    });
    const events = listen({
      conversationId,
      after: String(start.current ?? 0),
      onEvent: (event) => batch.push(event),
      onConnected(now) {
        heardAll = now;
        setConnected(now);
      },
      onRefused: () => stillThere(client, conversationId, () => gone.current()),
    });
    const stopWatching = whileShown(events);
    return () => {
      stopWatching();
      events.close();
      batch.flush();
      // Whoever comes back then could not tell what was missed.
      if (!heardAll) client.removeQueries({ queryKey: messagesQuery(conversationId).queryKey });
    };
  }, [client, conversationId, myId, known]);

  return { ...live, connected };
}

function remember(client: QueryClient, conversationId: string, myId: string, event: ChatEvent): void {
  if (event.type === "message.created") {
    keepMessages(client, conversationId, [event.data]);
    if (event.data.author.id === myId) heard(conversationId, event.data.text);
  } else if (event.type === "turn.started") {
    markPending(client, conversationId, event.data.turn, true);
    keepInLists(client, conversationId, { activeTurn: event.data.turn });
  } else if (event.type === "turn.ended") {
    markPending(client, conversationId, event.data.turn, false);
    keepInLists(client, conversationId, { activeTurn: null });
  } else if (event.type === "conversation.updated") {
    keepConversation(client, event.data);
  }
}

/** Whether a conversation that could not be listened to may be, later. */
async function stillThere(client: QueryClient, conversationId: string, onGone: () => void): Promise<boolean> {
  try {
    await client.fetchQuery({ ...conversationQuery(conversationId), staleTime: 0, retry: false });
    return true;
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 404) onGone();
    return problem.passing;
  }
}

/** Hangs up in a tab that nobody looks at, since a browser allows a server few connections. */
function whileShown(events: { pause(): void; resume(): void }): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => events.pause(), hiddenMs);
    else events.resume();
  };
  document.addEventListener("visibilitychange", watch);
  globalThis.addEventListener("online", watch);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", watch);
    globalThis.removeEventListener("online", watch);
  };
}

/** Gathers what arrives between two frames of the screen. */
function perFrame<T>(handle: (all: readonly T[]) => void): { push(one: T): void; flush(): void } {
  let waiting: T[] = [];
  let frame: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    if (frame !== undefined) cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = undefined;
    const all = waiting;
    waiting = [];
    if (all.length > 0) handle(all);
  };
  return {
    flush,
    push(one) {
      waiting.push(one);
      if (waiting.length > 1) return;
      frame = requestAnimationFrame(flush);
      // Frames stop in hidden tabs; time does not.
      timer = setTimeout(flush, 250);
    },
  };
}
