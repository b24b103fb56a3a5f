import { Brain, ChevronRight, CircleAlert, LoaderCircle, Wrench } from "lucide-react";
import { Collapsible } from "radix-ui";
import type { ReactNode } from "react";
import type { ToolUse } from "../api/types.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { cn } from "../lib/cn.ts";

function Fold({
  icon,
  title,
  hint,
  children,
}: {
  icon: ReactNode;
  title: ReactNode;
  hint?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Collapsible.Root className="overflow-hidden rounded-xl border bg-surface text-sm">
      <Collapsible.Trigger className="group flex w-full items-center gap-2.5 px-3 py-2 text-left transition-colors hover:bg-accent/60 focus-visible:-outline-offset-2 [&_svg]:size-4 [&_svg]:shrink-0">
        <span className="text-muted-foreground">{icon}</span>
        <span className="min-w-0 flex-1 truncate font-medium">{title}</span>
        {hint !== undefined && <span className="shrink-0 text-xs text-muted-foreground">{hint}</span>}
        <ChevronRight
          className="text-muted-foreground transition-transform group-data-[state=open]:rotate-90"
          aria-hidden
        />
      </Collapsible.Trigger>
      <Collapsible.Content className="border-t">{children}</Collapsible.Content>
    </Collapsible.Root>
  );
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function Value({ name, value, danger = false }: { name: string; value: unknown; danger?: boolean }) {
  const text = asText(value);
  return (
    <div className="flex flex-col gap-1 px-3 py-2.5">
      <div className="flex items-center justify-between">
        <span className="text-xs font-medium text-muted-foreground">{name}</span>
        <CopyButton text={text} what={name.toLowerCase()} className="size-6" />
      </div>
      <pre
        tabIndex={0}
        className={cn(
          "max-h-72 overflow-auto font-mono text-xs leading-relaxed break-words whitespace-pre-wrap scroll-slim",
          danger && "text-destructive",
        )}
      >
        {text}
      </pre>
    </div>
  );
}

/** A tool that the agent called: its name, and folded away what it was given and what it gave. */
function ToolUseFold({ use, running }: { use: ToolUse; running: boolean }) {
  const waits = running && use.output === undefined;
  const failed = use.isError === true;
  const icon = waits ? (
    <LoaderCircle className="animate-spin" aria-hidden />
  ) : failed ? (
    <CircleAlert className="text-destructive" aria-hidden />
  ) : (
    <Wrench aria-hidden />
  );
  return (
    <Fold
      icon={icon}
      title={<code className="font-mono text-[0.8125rem]">{use.name}</code>}
      hint={waits ? "running" : failed ? "failed" : "tool"}
    >
      <div className="divide-y">
        <Value name="Input" value={use.input} />
        {use.output !== undefined && <Value name={failed ? "Error" : "Output"} value={use.output} danger={failed} />}
      </div>
    </Fold>
  );
}

export function ToolUses({ uses, running = false }: { uses: readonly ToolUse[]; running?: boolean }) {
  if (uses.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5" aria-label="Tools used">
      {uses.map((use) => (
        <li key={use.id}>
          <ToolUseFold use={use} running={running} />
        </li>
      ))}
    </ul>
  );
}

export function Reasoning({ text, running = false }: { text: string; running?: boolean }) {
  if (text === "") return null;
  return (
    <Fold
      icon={<Brain className={cn(running && "animate-breathe")} aria-hidden />}
      title={running ? "Thinking…" : "Thoughts"}
    >
      <p className="max-h-80 overflow-auto px-3 py-2.5 text-sm leading-relaxed whitespace-pre-wrap text-muted-foreground scroll-slim">
        {text}
      </p>
    </Fold>
  );
}
