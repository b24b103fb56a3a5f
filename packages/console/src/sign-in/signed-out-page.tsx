import { KeyRound, Link2, RotateCw, Terminal } from "lucide-react";
import type { ReactNode } from "react";
import { Alone } from "../components/splash.tsx";
import { Button } from "../components/ui/button.tsx";

function Way({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3.5 rounded-2xl border bg-surface p-4 shadow-low">
      <span className="grid size-9 shrink-0 place-items-center rounded-xl bg-tint text-tint-foreground [&_svg]:size-4.5">
        {icon}
      </span>
      <div className="flex min-w-0 flex-col gap-1 text-sm">
        <h2 className="font-medium text-foreground">{title}</h2>
        <p>{children}</p>
      </div>
    </li>
  );
}

function Command({ children }: { children: string }) {
  return (
    <code className="rounded-md border bg-muted px-1.5 py-0.5 font-mono text-[0.9em] whitespace-nowrap text-foreground">
      {children}
    </code>
  );
}

/** How to get in. There is no password: a link that works once signs a browser in. */
export function SignedOutPage({ expired }: { expired: boolean }) {
  return (
    <Alone title={expired ? "Your session has ended" : "Sign in to Aloft"}>
      <p>
        {expired
          ? "It has expired, or it was ended from somewhere else. Nothing is lost: sign in again to go on where you were."
          : "There is no password. A link that works once signs this browser in."}
      </p>
      <ul className="flex flex-col gap-3">
        <Way icon={<Terminal aria-hidden />} title="This server is yours">
          Open the link that <Command>npm start</Command> or <Command>aloft up</Command> printed. It works once:{" "}
          <Command>npx aloft link</Command> prints a new one while the server runs, and so does every start.
        </Way>
        <Way icon={<Link2 aria-hidden />} title="You are signed in on another browser">
          Make a link there, in Settings under “Where you are signed in”, and open it here.
        </Way>
        <Way icon={<KeyRound aria-hidden />} title="Someone else runs this server">
          Ask them for an invitation: its link makes your account and signs you in.
        </Way>
      </ul>
      <Button variant="outline" className="self-start" onClick={() => location.reload()}>
        <RotateCw aria-hidden />
        I have signed in: reload
      </Button>
    </Alone>
  );
}
