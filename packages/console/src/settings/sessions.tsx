import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2, LogOut, MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { api } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { sessionsQuery } from "../api/queries.ts";
import type { Session } from "../api/types.ts";
import { CopyLine } from "../components/copy-button.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Badge, Section, SkeletonRows } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Dialog } from "../components/ui/dialog.tsx";
import { ago, clockTime, shortDate } from "../lib/time.ts";
import { browserName } from "../lib/browser-name.ts";
import { signOut } from "../shell/user-menu.tsx";

export function Sessions() {
  const list = useQuery(sessionsQuery);
  return (
    <Section
      title="Where you are signed in"
      description="Each browser has a session of its own. End what you do not know."
    >
      {list.data === undefined &&
        (list.error === null ? (
          <SkeletonRows rows={2} className="h-12" />
        ) : (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ))}
      <ul className="-my-2 flex flex-col divide-y">
        {list.data?.items.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      <SignInElsewhere />
    </Section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const client = useQueryClient();
  const { id, current, userAgent, createdAt, lastUsedAt } = session;
  const end = async () => {
    await answer(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  return (
    <li className="flex items-center gap-3.5 py-3">
      <MonitorSmartphone className="size-5 shrink-0 text-muted-foreground" aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col">
        <span className="flex items-center gap-2 text-sm font-medium">
          <span className="truncate" title={userAgent}>
            {browserName(userAgent)}
          </span>
          {current && <Badge tone="tint">this browser</Badge>}
        </span>
        <span className="text-xs text-muted-foreground">
          Signed in {shortDate(createdAt)}, used {ago(lastUsedAt, new Date())}
        </span>
      </div>
      {current ? (
        <Button variant="outline" size="sm" onClick={() => void signOut()}>
          <LogOut aria-hidden />
          Sign out
        </Button>
      ) : (
        <Button
          variant="outline"
          size="sm"
          onClick={() => void end().catch((error: unknown) => toast.error(problemOf(error).message))}
        >
          End
        </Button>
      )}
    </li>
  );
}

/** A link that signs in another browser, made when asked for and shown until the dialog is closed. */
function SignInElsewhere() {
  const [link, setLink] = useState<{ url: string; expiresAt: string }>();
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      setLink(await answer(api.POST("/api/v1/me/sign-in-links")));
    } catch (error) {
      toast.error(problemOf(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="outline" className="self-start" busy={busy} onClick={() => void make()}>
        <Link2 aria-hidden />
        Sign in on another browser
      </Button>
      <Dialog
        open={link !== undefined}
        onOpenChange={() => setLink(undefined)}
        title="Your sign-in link"
        description={`Open it in the other browser. It works once, until ${link === undefined ? "" : clockTime(link.expiresAt)}. Whoever opens it is you: give it to nobody.`}
      >
        <CopyLine text={link?.url ?? ""} what="link" />
      </Dialog>
    </>
  );
}
