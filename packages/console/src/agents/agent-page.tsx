import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { BotOff, MessageSquare, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { toast } from "sonner";
import { api, ifMatch, repeatable } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { agentQuery } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Empty, Page, SkeletonRows } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { useOrganization } from "../session.tsx";
import { AgentForm, type AgentFields } from "./agent-form.tsx";
import { DeleteAgent } from "./agents-page.tsx";

const route = getRouteApi("/shell/agents/$agentId");

export function NewAgentPage() {
  const organization = useOrganization();
  const client = useQueryClient();
  const navigate = useNavigate();
  const request = useRef(repeatable());
  useDocumentTitle("New agent");
  const create = async (fields: AgentFields) => {
    const body = { organizationId: organization.id, ...fields };
    const headers = request.current.headersFor(body);
    const agent = await answer(api.POST("/api/v1/agents", { body, headers }));
    client.setQueryData(agentQuery(agent.id).queryKey, agent);
    await client.invalidateQueries({ queryKey: ["agents"] });
    toast.success(`${agent.name} is ready.`);
    await navigate({ to: "/", search: { agent: agent.id } });
  };
  return (
    <Page title="New agent" description="Only the name is required; everything can be changed later.">
      <AgentForm action="Create agent" onSave={create} />
    </Page>
  );
}

export function AgentPage() {
  const { agentId } = route.useParams();
  const { data: agent, error, refetch } = useQuery(agentQuery(agentId));
  if (agent !== undefined)
    return <EditAgent key={agent.id} agent={agent} onReload={async () => void (await refetch())} />;
  if (error === null) {
    return (
      <Page title="Agent">
        <SkeletonRows className="h-20" />
      </Page>
    );
  }
  if (problemOf(error).status !== 404)
    return <ProblemNotice className="m-6" error={error} onRetry={() => void refetch()} />;
  return (
    <Page title="Agent">
      <Empty icon={BotOff} title="There is no such agent">
        It was deleted, or it belongs to an organization that you are no member of.
      </Empty>
    </Page>
  );
}

function EditAgent({ agent, onReload }: { agent: Agent; onReload: () => Promise<void> }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  // The form begins anew only when asked to: what is being written is not thrown away by what happens elsewhere.
  const [base, setBase] = useState(agent);
  useDocumentTitle(agent.name);
  const save = async (fields: AgentFields) => {
    const path = { id: agent.id };
    const saved = await answer(
      api.PATCH("/api/v1/agents/{id}", { params: { path }, body: fields, headers: ifMatch(base.version) }),
    );
    client.setQueryData(agentQuery(agent.id).queryKey, saved);
    setBase(saved);
    toast.success("Saved.");
    await client.invalidateQueries({ queryKey: ["agents"] });
  };
  const reload = async () => {
    await onReload();
    setBase(client.getQueryData(agentQuery(agent.id).queryKey) ?? agent);
  };
  return (
    <Page
      title={agent.name}
      actions={
        <div className="flex gap-2">
          <Button variant="outline" onClick={() => void navigate({ to: "/", search: { agent: agent.id } })}>
            <MessageSquare aria-hidden />
            Talk
          </Button>
          <Button variant="outline" className="text-destructive" onClick={() => setDeleting(true)}>
            <Trash2 aria-hidden />
            Delete
          </Button>
        </div>
      }
    >
      <AgentForm key={base.version} agent={base} action="Save changes" onSave={save} onReload={reload} />
      <DeleteAgent
        agent={agent}
        open={deleting}
        onOpenChange={setDeleting}
        onDeleted={() => void navigate({ to: "/agents" })}
      />
    </Page>
  );
}
