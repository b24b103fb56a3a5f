import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Mail } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { invitationsQuery } from "../api/queries.ts";
import type { Invitation } from "../api/types.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Badge, Section, SkeletonRows } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Confirm } from "../components/ui/confirm.tsx";
import { ago } from "../lib/time.ts";

export function Invitations({ organizationId }: { organizationId: string }) {
  const list = useInfiniteQuery(invitationsQuery(organizationId));
  const open = list.data?.pages.flatMap(({ items }) => items).filter(({ status }) => status === "pending");
  return (
    <Section title="Open invitations" description="Links that nobody has used yet.">
      {open === undefined &&
        (list.error === null ? (
          <SkeletonRows rows={1} className="h-12" />
        ) : (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ))}
      {open?.length === 0 && <p className="text-sm text-muted-foreground">There are none.</p>}
      {open !== undefined && open.length > 0 && (
        <ul className="-my-2 flex flex-col divide-y">
          {open.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button
          variant="outline"
          size="sm"
          className="self-center"
          busy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </Section>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const client = useQueryClient();
  const [revoking, setRevoking] = useState(false);
  const { id, organizationId, email, role, url, expiresAt } = invitation;
  const revoke = async () => {
    const path = { id: organizationId, invitationId: id };
    await answer(api.DELETE("/api/v1/organizations/{id}/invitations/{invitationId}", { params: { path } }));
    await client.invalidateQueries({ queryKey: invitationsQuery(organizationId).queryKey });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3.5 gap-y-2 py-3">
      <Mail className="size-5 shrink-0 text-muted-foreground" aria-hidden />
      <div className="flex min-w-0 flex-1 basis-40 flex-col">
        <span className="truncate text-sm font-medium">{email ?? "For anyone who has the link"}</span>
        <span className="text-xs text-muted-foreground">Expires {ago(expiresAt, new Date())}</span>
      </div>
      <Badge tone={role === "member" ? "neutral" : "tint"}>{role}</Badge>
      <CopyButton text={url} what="link" labelled />
      <Button variant="outline" size="sm" className="text-destructive" onClick={() => setRevoking(true)}>
        Revoke
      </Button>
      <Confirm
        open={revoking}
        onOpenChange={setRevoking}
        title="Revoke this invitation?"
        description="Its link stops working at once."
        action="Revoke"
        onConfirm={revoke}
      />
    </li>
  );
}
