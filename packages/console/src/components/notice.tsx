import { CircleAlert, RotateCcw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { problemOf } from "../api/problem.ts";
import { cn } from "../lib/cn.ts";
import { Button } from "./ui/button.tsx";

interface NoticeProps {
  readonly tone: "warning" | "danger";
  readonly children: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
}

export function Notice({ tone, children, action, className }: NoticeProps) {
  const Icon = tone === "warning" ? TriangleAlert : CircleAlert;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border px-3.5 py-2.5 text-sm",
        tone === "warning"
          ? "border-warning-border bg-warning-tint text-warning-foreground"
          : "border-destructive/25 bg-destructive-tint text-destructive",
        className,
      )}
    >
      <div className="flex min-w-0 flex-1 basis-48 gap-3 leading-relaxed">
        <Icon className="mt-[0.2rem] size-4 shrink-0" aria-hidden />
        <div className="min-w-0 flex-1">{children}</div>
      </div>
      {action}
    </div>
  );
}

/** Why something could not be done, and a way to try it again. */
export function ProblemNotice({
  error,
  onRetry,
  className,
}: {
  error: unknown;
  onRetry?: () => void;
  className?: string;
}) {
  const problem = problemOf(error);
  return (
    <div role="alert">
      <Notice
        tone="danger"
        {...(className === undefined ? {} : { className })}
        action={
          onRetry !== undefined && (
            <Button variant="outline" size="sm" onClick={onRetry}>
              <RotateCcw aria-hidden />
              Try again
            </Button>
          )
        }
      >
        {problem.message}
        {problem.status >= 500 && problem.requestId !== undefined && (
          <span className="block text-xs opacity-80">Request {problem.requestId}</span>
        )}
      </Notice>
    </div>
  );
}
