import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { keysQuery } from "../api/queries.ts";
import type { ApiKey } from "../api/types.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Badge, Empty, Page, SkeletonRows } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Confirm } from "../components/ui/confirm.tsx";
import { ago, shortDate } from "../lib/time.ts";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { CreateKey } from "./create-key.tsx";

export function KeysPage() {
  const [creating, setCreating] = useState(false);
  const list = useInfiniteQuery(keysQuery);
  const all = list.data?.pages.flatMap(({ items }) => items);
  useDocumentTitle("API keys");
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      New key
    </Button>
  );
  return (
    <Page
      title="API keys"
      description="Programs use a key in place of your session. Each may do what its scopes say, as you, until it expires or you revoke it."
      actions={create}
    >
      {all === undefined &&
        (list.error === null ? (
          <SkeletonRows />
        ) : (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ))}
      {all?.length === 0 && (
        <Empty icon={KeyRound} title="No API keys" action={create}>
          Create one to call the API from a program. It is shown once, so have a safe place for it ready.
        </Empty>
      )}
      {all !== undefined && all.length > 0 && (
        <ul className="flex flex-col divide-y overflow-hidden rounded-2xl border bg-surface shadow-low">
          {all.map((key) => (
            <KeyRow key={key.id} apiKey={key} />
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
      <CreateKey open={creating} onOpenChange={setCreating} />
    </Page>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const client = useQueryClient();
  const [revoking, setRevoking] = useState(false);
  const { id, name, scopes, createdAt, lastUsedAt, expiresAt } = apiKey;
  const now = new Date();
  const expired = expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
  const revoke = async () => {
    await answer(api.DELETE("/api/v1/keys/{id}", { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: keysQuery.queryKey });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-3 px-5 py-4">
      <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1.5">
        <div className="flex items-center gap-2">
          <h2 className="truncate font-medium">{name}</h2>
          {expired && <Badge tone="danger">expired</Badge>}
        </div>
        <p className="text-xs text-muted-foreground">
          {[
            `Created ${shortDate(createdAt)}`,
            lastUsedAt === undefined ? "never used" : `last used ${ago(lastUsedAt, now)}`,
            expiresAt === undefined ? "does not expire" : `${expired ? "expired" : "expires"} ${shortDate(expiresAt)}`,
          ].join(" · ")}
        </p>
        <p className="flex flex-wrap gap-1">
          {scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </p>
      </div>
      <Button
        variant="outline"
        size="sm"
        className="text-destructive"
        onClick={() => setRevoking(true)}
        aria-label={`Revoke ${name}`}
      >
        Revoke
      </Button>
      <Confirm
        open={revoking}
        onOpenChange={setRevoking}
        title={`Revoke ${name}?`}
        description="Programs that use this key are refused from now on. This cannot be undone."
        action="Revoke"
        onConfirm={revoke}
      />
    </li>
  );
}
