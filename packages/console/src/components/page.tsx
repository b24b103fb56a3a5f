import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../lib/cn.ts";
import { TopBar } from "../shell/top-bar.tsx";

interface PageProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

/** A page of its own scroll, with a heading. */
export function Page({ title, description, actions, children, wide = false }: PageProps) {
  return (
    <div className="h-full overflow-y-auto scroll-slim">
      <div className="sticky top-0 z-10 bg-background md:hidden">
        <TopBar />
      </div>
      <div
        className={cn(
          "mx-auto flex w-full flex-col gap-8 px-5 py-8 sm:px-8 sm:py-12",
          wide ? "max-w-5xl" : "max-w-3xl",
        )}
      >
        <header className="flex flex-wrap items-end justify-between gap-4">
          <div className="flex min-w-0 flex-col gap-1.5">
            <h1 className="text-2xl font-semibold tracking-tight text-balance">{title}</h1>
            {description !== undefined && <p className="max-w-prose text-sm text-muted-foreground">{description}</p>}
          </div>
          {actions}
        </header>
        {children}
      </div>
    </div>
  );
}

/** A card with a heading, for settings. */
export function Section({
  title,
  description,
  children,
}: {
  title: string;
  description?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="flex flex-col gap-5 rounded-2xl border bg-surface p-5 shadow-low sm:p-6">
      <header className="flex flex-col gap-1">
        <h2 className="font-semibold tracking-tight">{title}</h2>
        {description !== undefined && <p className="text-sm text-muted-foreground">{description}</p>}
      </header>
      {children}
    </section>
  );
}

/** What to see, and to do, where there is nothing yet. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-4 rounded-2xl border border-dashed px-6 py-14 text-center">
      <span className="grid size-12 place-items-center rounded-2xl bg-tint text-tint-foreground">
        <Icon className="size-6" aria-hidden />
      </span>
      <div className="flex max-w-sm flex-col gap-1.5">
        <h2 className="font-semibold tracking-tight">{title}</h2>
        <p className="text-sm text-muted-foreground">{children}</p>
      </div>
      {action}
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-breathe rounded-lg bg-muted", className)} />;
}

/** While a list is on its way. */
export function SkeletonRows({ rows = 3, className = "h-16" }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-3">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} className={className} />
      ))}
    </div>
  );
}

export function Badge({
  children,
  tone = "neutral",
}: {
  children: ReactNode;
  tone?: "neutral" | "tint" | "warning" | "danger";
}) {
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap",
        tone === "neutral" && "bg-muted text-muted-foreground",
        tone === "tint" && "bg-tint text-tint-foreground",
        tone === "warning" && "bg-warning-tint text-warning-foreground",
        tone === "danger" && "bg-destructive-tint text-destructive",
      )}
    >
      {children}
    </span>
  );
}
