import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Bot, Check, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { api, repeatable } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { agentsQuery, conversationQuery } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Empty, Skeleton } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { useSubmit } from "../lib/use-submit.ts";
import { useMe, useOrganization } from "../session.tsx";
import { TopBar } from "../shell/top-bar.tsx";
import { Composer, type ComposerHandle } from "./composer.tsx";
import { OfflineHint } from "./offline-hint.tsx";
import { send } from "./outbox.ts";

const route = getRouteApi("/shell/");
const maxTitleCharacters = 60;

export function HomePage() {
  const me = useMe();
  const organization = useOrganization();
  const agents = useInfiniteQuery(agentsQuery(organization.id));
  const all = agents.data?.pages.flatMap(({ items }) => items);
  useDocumentTitle("New conversation");
  return (
    <section aria-label="New conversation" className="sky flex h-full flex-col">
      <div className="md:hidden">
        <TopBar />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto scroll-slim">
        <div className="mx-auto flex min-h-full w-full max-w-3xl flex-col justify-center gap-8 px-4 py-10 sm:px-6">
          <header className="flex flex-col gap-2 text-center">
            <h1 className="text-2xl font-semibold tracking-tight text-balance sm:text-3xl">
              {greeting(new Date())}, {me.name}
            </h1>
            <p className="text-muted-foreground">Who would you like to talk with?</p>
          </header>
          {all === undefined &&
            (agents.error === null ? (
              <Skeleton className="h-40" />
            ) : (
              <ProblemNotice error={agents.error} onRetry={() => void agents.refetch()} />
            ))}
          {all?.length === 0 && <NoAgents />}
          {all !== undefined && all.length > 0 && (
            <Start key={organization.id} agents={all} organizationId={organization.id} />
          )}
        </div>
      </div>
    </section>
  );
}

function greeting(now: Date): string {
  const hour = now.getHours();
  if (hour < 5) return "Good night";
  if (hour < 12) return "Good morning";
  return hour < 18 ? "Good afternoon" : "Good evening";
}

function NoAgents() {
  return (
    <Empty
      icon={Bot}
      title="No agents yet"
      action={
        <Button asChild>
          <Link to="/agents/new">
            <Plus aria-hidden />
            Create an agent
          </Link>
        </Button>
      }
    >
      An agent is a model with instructions and tools of its own. Create one, then talk with it.
    </Empty>
  );
}

/** A title from what is said first: its first line, cut at a word. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  if (line.length <= maxTitleCharacters) return line;
  const cut = line.slice(0, maxTitleCharacters);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 30)).trimEnd()}…`;
}

function useBegin(organizationId: string, agentIds: readonly string[]) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const request = useRef(repeatable());
  return useSubmit(async (text: string) => {
    const body = { organizationId, agentIds: [...agentIds], title: titleOf(text) };
    const headers = request.current.headersFor(body);
    const conversation = await answer(api.POST("/api/v1/conversations", { body, headers }));
    client.setQueryData(conversationQuery(conversation.id).queryKey, conversation);
    void client.invalidateQueries({ queryKey: ["conversations"] });
    send(client, conversation.id, { text, attachments: [] });
    await navigate({ to: "/conversations/$conversationId", params: { conversationId: conversation.id } });
  });
}

function Start({ agents, organizationId }: { agents: readonly Agent[]; organizationId: string }) {
  const wished = route.useSearch().agent;
  const [chosenByHand, setPicked] = useState<readonly string[]>();
  const first = agents.find(({ id }) => id === wished) ?? agents.at(-1);
  const picked = chosenByHand ?? (first === undefined ? [] : [first.id]);
  const chosen = agents.filter(({ id }) => picked.includes(id));
  const { busy, problem, submit } = useBegin(organizationId, picked);
  const composer = useRef<ComposerHandle>(null);
  const toggle = (id: string) => {
    setPicked(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id]);
    composer.current?.focus();
  };
  const onSend = async (text: string) => {
    if (!(await submit(text))) composer.current?.add(text);
  };
  return (
    <div className="flex flex-col gap-5">
      <div
        role="group"
        aria-label="Agents that take part"
        className={cn("grid gap-2.5", agents.length > 1 && "sm:grid-cols-2")}
      >
        {agents.map((agent) => (
          <AgentCard
            key={agent.id}
            agent={agent}
            picked={picked.includes(agent.id)}
            onToggle={() => toggle(agent.id)}
          />
        ))}
      </div>
      <OfflineHint agents={chosen.map(({ id, name }) => ({ id, name, kind: "agent" }))} />
      {problem !== undefined && <ProblemNotice error={problem} />}
      <Composer
        draftId={`new.${organizationId}`}
        handle={composer}
        busy={busy}
        placeholder={
          chosen.length === 0
            ? "Pick an agent, or write to yourself"
            : `Message ${chosen.map(({ name }) => name).join(", ")}`
        }
        onSend={(text) => void onSend(text)}
      />
    </div>
  );
}

function AgentCard({ agent, picked, onToggle }: { agent: Agent; picked: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={picked}
      onClick={onToggle}
      className={cn(
        "flex items-start gap-3 rounded-2xl border bg-surface p-3.5 text-left shadow-low transition-colors hover:border-input hover:bg-accent/50",
        picked && "border-primary/60 bg-tint/50 hover:border-primary/60 hover:bg-tint/70",
      )}
    >
      <Avatar id={agent.id} name={agent.name} kind="agent" className="size-9" />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="truncate font-medium">{agent.name}</span>
        <span className="line-clamp-2 text-sm text-muted-foreground">
          {agent.description === "" ? "No description" : agent.description}
        </span>
      </span>
      <span
        aria-hidden
        className={cn(
          "grid size-5 shrink-0 place-items-center rounded-full border border-input",
          picked && "border-primary bg-primary text-primary-foreground",
        )}
      >
        {picked && <Check className="size-3.5" strokeWidth={3} />}
      </span>
    </button>
  );
}
