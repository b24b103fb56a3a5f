import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { agentQuery, modelsQuery } from "../api/queries.ts";
import type { Participant } from "../api/types.ts";
import { Notice } from "../components/notice.tsx";
import { Button } from "../components/ui/button.tsx";
import { keep, kept } from "../lib/kept.ts";

const name = "aloft.offline-hint.dismissed";

/** Whether the model that these agents use is the one that needs no key and knows nothing. */
function useOffline(agents: readonly Participant[]): boolean {
  const models = useQuery(modelsQuery);
  const [only] = agents;
  const agent = useQuery({ ...agentQuery(only?.id ?? ""), enabled: only !== undefined });
  const fallback = models.data?.items.find(({ isDefault }) => isDefault)?.id;
  const used = agent.data?.model ?? fallback;
  return used?.startsWith("offline/") === true;
}

/** Says that no real model answers yet, and which variable changes that. */
export function OfflineHint({ agents }: { agents: readonly Participant[] }) {
  const offline = useOffline(agents);
  const [dismissed, setDismissed] = useState(() => kept("sessionStorage", name) !== undefined);
  if (!offline || dismissed) return null;
  const dismiss = () => {
    keep("sessionStorage", name, "yes");
    setDismissed(true);
  };
  return (
    <Notice
      tone="warning"
      className="py-2 text-[0.8125rem]"
      action={
        <Button
          variant="ghost"
          size="iconSm"
          aria-label="Hide this hint"
          className="-my-1 -mr-1.5 text-warning-foreground hover:bg-warning-border/50 hover:text-warning-foreground"
          onClick={dismiss}
        >
          <X />
        </Button>
      }
    >
      The <strong>offline model</strong> answers: it needs no key, and only plays the part. For a real one, set{" "}
      <Variable name="ANTHROPIC_API_KEY" />, <Variable name="OPENAI_API_KEY" /> or <Variable name="GROK_API_KEY" /> in{" "}
      <Variable name=".env" /> and start the server again.
    </Notice>
  );
}

function Variable({ name }: { name: string }) {
  return <code className="rounded bg-warning-border/45 px-1 py-px font-mono text-[0.92em]">{name}</code>;
}
