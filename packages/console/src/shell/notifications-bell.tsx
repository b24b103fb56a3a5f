import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Bell, CheckCheck } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { toast } from "sonner";
import { api } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { notificationsQuery } from "../api/queries.ts";
import type { Notification } from "../api/types.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { SkeletonRows } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { ago, fullTime } from "../lib/time.ts";

export function NotificationsBell() {
  const [open, setOpen] = useState(false);
  const { data } = useQuery(notificationsQuery);
  const unread = data?.unread ?? 0;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button
          variant="ghost"
          size="iconSm"
          className="relative"
          aria-label={unread === 0 ? "Notifications" : `Notifications, ${unread} unread`}
        >
          <Bell />
          {unread > 0 && (
            <span className="absolute top-0.5 right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-primary px-1 text-[0.625rem] font-semibold text-primary-foreground ring-2 ring-sidebar">
              {unread > 9 ? "9+" : unread}
            </span>
          )}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="z-50 flex max-h-[min(30rem,var(--radix-popover-content-available-height))] w-[min(22rem,calc(100vw-1.5rem))] animate-appear flex-col overflow-hidden rounded-2xl border bg-surface shadow-floating outline-none"
        >
          <Notifications onLeave={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function useMarking() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: notificationsQuery.queryKey });
  const told = (error: unknown) => void toast.error(problemOf(error).message);
  const read = async (id: string) => {
    await answer(api.PATCH("/api/v1/notifications/{id}", { params: { path: { id } }, body: { read: true } }));
    await refresh();
  };
  const readAll = async () => {
    await answer(api.POST("/api/v1/notifications/read-all"));
    await refresh();
  };
  return { read: (id: string) => void read(id).catch(told), readAll: () => void readAll().catch(told) };
}

function Notifications({ onLeave }: { onLeave: () => void }) {
  const list = useQuery(notificationsQuery);
  const navigate = useNavigate();
  const { read, readAll } = useMarking();
  const follow = ({ id, path, readAt }: Notification) => {
    if (readAt === undefined) read(id);
    if (path === undefined) return;
    onLeave();
    void navigate({ href: path });
  };
  return (
    <>
      <header className="flex h-12 shrink-0 items-center justify-between border-b pr-2 pl-4">
        <h2 className="text-sm font-semibold">Notifications</h2>
        {(list.data?.unread ?? 0) > 0 && (
          <Button variant="ghost" size="sm" onClick={readAll}>
            <CheckCheck aria-hidden />
            Mark all as read
          </Button>
        )}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-1.5 scroll-slim">
        {list.data === undefined &&
          (list.error === null ? (
            <SkeletonRows rows={3} className="h-12" />
          ) : (
            <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
          ))}
        {list.data?.items.length === 0 && (
          <p className="px-4 py-10 text-center text-sm text-muted-foreground">You are all caught up.</p>
        )}
        <ul>
          {list.data?.items.map((one) => (
            <li key={one.id}>
              <NotificationRow notification={one} onFollow={() => follow(one)} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function NotificationRow({ notification, onFollow }: { notification: Notification; onFollow: () => void }) {
  const { title, createdAt, readAt } = notification;
  return (
    <button
      type="button"
      onClick={onFollow}
      className="flex w-full items-start gap-3 rounded-xl px-3 py-2.5 text-left transition-colors hover:bg-accent"
    >
      <span
        className={cn("mt-1.5 size-2 shrink-0 rounded-full", readAt === undefined ? "bg-primary" : "bg-transparent")}
      >
        {readAt === undefined && <span className="sr-only">Unread.</span>}
      </span>
      <span className="flex min-w-0 flex-col gap-0.5">
        <span className={cn("text-sm", readAt === undefined && "font-medium")}>{title}</span>
        <time dateTime={createdAt} title={fullTime(createdAt)} className="text-xs text-muted-foreground">
          {ago(createdAt, new Date())}
        </time>
      </span>
    </button>
  );
}
