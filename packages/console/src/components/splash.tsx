import { ServerCrash } from "lucide-react";
import type { ReactNode } from "react";
import { Logo } from "./logo.tsx";
import { Button } from "./ui/button.tsx";

/** Until it is known who is there. */
export function Splash() {
  return (
    <main role="status" aria-label="Loading Aloft" className="grid h-full place-items-center">
      <Logo className="size-12 animate-breathe rounded-2xl" />
    </main>
  );
}

interface AloneProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly icon?: ReactNode;
  /** It stands in the shell, which is the page's frame already. */
  readonly framed?: boolean;
}

/** A page of one message. */
export function Alone({ title, children, icon, framed = false }: AloneProps) {
  const Frame = framed ? "div" : "main";
  return (
    <Frame className="sky h-full overflow-y-auto scroll-slim">
      <div className="mx-auto flex min-h-full w-full max-w-md flex-col justify-center gap-4 px-6 py-16">
        {icon ?? <Logo className="size-12 rounded-2xl" />}
        <h1 className="mt-2 text-2xl font-semibold tracking-tight text-balance">{title}</h1>
        <div className="flex flex-col gap-4 leading-relaxed text-muted-foreground">{children}</div>
      </div>
    </Frame>
  );
}

function Crash() {
  return (
    <span className="grid size-12 place-items-center rounded-2xl bg-destructive-tint text-destructive">
      <ServerCrash className="size-6" aria-hidden />
    </span>
  );
}

export function Unreachable({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <Alone title="The console cannot go on" icon={<Crash />}>
      <p role="alert">{message}</p>
      <Button className="self-start" onClick={onRetry}>
        Try again
      </Button>
    </Alone>
  );
}

/** An error that nothing nearer to it took care of. */
export function Broken({ error, onRetry, framed }: { error: unknown; onRetry: () => void; framed: boolean }) {
  return (
    <Alone title="Something broke on this page" icon={<Crash />} framed={framed}>
      <p>
        What you wrote is kept, and nothing on the server is lost. Try again; if it happens once more, reload the page
        or{" "}
        <a href="/" className="text-primary underline underline-offset-4">
          begin anew
        </a>
        .
      </p>
      <pre
        className="overflow-x-auto rounded-xl border bg-muted px-3.5 py-2.5 font-mono text-xs text-foreground scroll-slim"
        tabIndex={0}
      >
        {error instanceof Error ? error.message : String(error)}
      </pre>
      <Button className="self-start" onClick={onRetry}>
        Try again
      </Button>
    </Alone>
  );
}

export function NotFound() {
  return (
    <Alone title="There is no such page">
      <p>The address may be mistyped, or what it led to is gone.</p>
      <Button asChild className="self-start">
        <a href="/">Go to the console</a>
      </Button>
    </Alone>
  );
}
