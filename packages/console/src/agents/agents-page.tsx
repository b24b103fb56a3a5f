import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, Ellipsis, MessageSquare, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { agentsQuery } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Badge, Empty, Page, SkeletonRows } from "../components/page.tsx";
import { Button, IconButton } from "../components/ui/button.tsx";
import { Confirm } from "../components/ui/confirm.tsx";
import { Menu, MenuItem, MenuSeparator } from "../components/ui/menu.tsx";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { useOrganization } from "../session.tsx";

export function AgentsPage() {
  const organization = useOrganization();
  const list = useInfiniteQuery(agentsQuery(organization.id));
  const all = list.data?.pages.flatMap(({ items }) => items);
  useDocumentTitle("Agents");
  return (
    <Page
      wide
      title="Agents"
      description="Each is a model with instructions, tools and limits of its own. Everybody in the organization may talk with them."
      actions={<NewAgent />}
    >
      {all === undefined &&
        (list.error === null ? (
          <SkeletonRows className="h-28" />
        ) : (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ))}
      {all?.length === 0 && (
        <Empty icon={Bot} title="No agents yet" action={<NewAgent />}>
          Give one a name, say what it is for, and talk with it.
        </Empty>
      )}
      {all !== undefined && all.length > 0 && (
        <ul className="grid gap-4 lg:grid-cols-2">
          {all.map((agent) => (
            <AgentCard key={agent.id} agent={agent} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button
          variant="outline"
          className="self-center"
          busy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </Page>
  );
}

function NewAgent() {
  return (
    <Button asChild>
      <Link to="/agents/new">
        <Plus aria-hidden />
        New agent
      </Link>
    </Button>
  );
}

function AgentCard({ agent }: { agent: Agent }) {
  const [deleting, setDeleting] = useState(false);
  const { id, name, description, model, tools } = agent;
  return (
    <li className="group relative flex flex-col gap-4 rounded-2xl border bg-surface p-5 shadow-low transition-shadow hover:shadow-raised">
      <div className="flex items-start gap-3.5">
        <Avatar id={id} name={name} kind="agent" className="size-11 text-sm" />
        <div className="flex min-w-0 flex-1 flex-col gap-0.5">
          <h2 className="truncate font-semibold tracking-tight">
            <Link
              to="/agents/$agentId"
              params={{ agentId: id }}
              className="rounded-sm after:absolute after:inset-0 after:rounded-2xl"
            >
              {name}
            </Link>
          </h2>
          <p className="line-clamp-2 text-sm text-muted-foreground">
            {description === "" ? "No description" : description}
          </p>
        </div>
        <div className="relative -mt-1 -mr-1.5">
          <AgentMenu agent={agent} onDelete={() => setDeleting(true)} />
        </div>
      </div>
      <div className="mt-auto flex flex-wrap items-center gap-1.5">
        <Badge>{model ?? "default model"}</Badge>
        {tools.length > 0 && <Badge>{tools.length === 1 ? "1 tool" : `${tools.length} tools`}</Badge>}
        <Button asChild variant="ghost" size="sm" className="relative ml-auto">
          <Link to="/" search={{ agent: id }}>
            <MessageSquare aria-hidden />
            Talk
          </Link>
        </Button>
      </div>
      <DeleteAgent agent={agent} open={deleting} onOpenChange={setDeleting} />
    </li>
  );
}

function AgentMenu({ agent, onDelete }: { agent: Agent; onDelete: () => void }) {
  return (
    <Menu
      trigger={
        <IconButton label={`Menu of ${agent.name}`}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem asChild>
        <Link to="/agents/$agentId" params={{ agentId: agent.id }}>
          <Pencil />
          Edit
        </Link>
      </MenuItem>
      <MenuSeparator />
      <MenuItem danger onSelect={onDelete}>
        <Trash2 />
        Delete
      </MenuItem>
    </Menu>
  );
}

interface DeleteAgentProps {
  readonly agent: Agent;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onDeleted?: () => void;
}

export function DeleteAgent({ agent, open, onOpenChange, onDeleted }: DeleteAgentProps) {
  const client = useQueryClient();
  const remove = async () => {
    await answer(api.DELETE("/api/v1/agents/{id}", { params: { path: { id: agent.id } } }));
    onDeleted?.();
    await client.invalidateQueries({ queryKey: ["agents"] });
  };
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete ${agent.name}?`}
      description="It replies no more, in any conversation. What it has said stays. This cannot be undone."
      action="Delete"
      onConfirm={remove}
    />
  );
}
