import { RotateCcw } from "lucide-react";
import type { Participant } from "../api/types.ts";
import { Markdown } from "../components/markdown.tsx";
import { Button } from "../components/ui/button.tsx";
import type { LiveReply } from "./live.ts";
import { OwnBubble, Speech } from "./message-item.tsx";
import type { Unsent } from "./outbox.ts";
import { Reasoning, ToolUses } from "./tool-uses.tsx";

function Dots() {
  return (
    <span className="inline-flex h-6 items-center gap-1" aria-hidden>
      {[0, 1, 2].map((i) => (
        <span
          key={i}
          className="size-1.5 animate-breathe rounded-full bg-muted-foreground"
          style={{ animationDelay: `${i * 180}ms` }}
        />
      ))}
    </span>
  );
}

/** A reply as it arrives. Screen readers hear of it once it is whole. */
export function LiveItem({ reply }: { reply: LiveReply }) {
  const { agentId, agentName, model, text, reasoning, toolUses, retrying } = reply;
  return (
    <article aria-label={`${agentName} is replying`} aria-busy data-live={reply.turn}>
      <Speech
        author={{ kind: "agent", id: agentId, name: agentName }}
        aside={<span className="font-mono text-xs text-muted-foreground">{model}</span>}
      >
        <Reasoning text={reasoning} running={text === ""} />
        <ToolUses uses={toolUses} running />
        {text !== "" && <Markdown text={text} growing />}
        {retrying === undefined ? (
          <Dots />
        ) : (
          <p className="text-sm text-muted-foreground">
            The model is busy. Trying again in {Math.ceil(retrying.delayMs / 1000)} s (attempt {retrying.attempt + 1}).
          </p>
        )}
      </Speech>
    </article>
  );
}

/** Before anybody has begun to reply. */
export function WaitingItem({ agents }: { agents: readonly Participant[] }) {
  const [only] = agents;
  const author =
    only !== undefined && agents.length === 1
      ? { ...only, kind: "agent" as const }
      : { kind: "agent" as const, id: "agents", name: "Agents" };
  return (
    <article aria-label="Waiting for a reply" aria-busy>
      <Speech author={author}>
        <Dots />
      </Speech>
    </article>
  );
}

interface UnsentItemProps {
  readonly unsent: Unsent;
  readonly onSend: (unsent: Unsent) => void;
  readonly onEdit: (unsent: Unsent) => void;
}

/** A message of one's own that the server does not have yet. */
export function UnsentItem({ unsent, onSend, onEdit }: UnsentItemProps) {
  const { text, attachments, problem } = unsent;
  return (
    <article aria-label="Your message, not sent yet" data-unsent>
      <OwnBubble
        text={text}
        faded={problem === undefined}
        above={
          attachments.length > 0 && (
            <p className="text-sm text-muted-foreground">{attachments.map(({ name }) => name).join(", ")}</p>
          )
        }
        below={
          problem === undefined ? (
            <span className="h-7 text-xs leading-7 text-muted-foreground">Sending…</span>
          ) : (
            <div
              role="alert"
              className="flex flex-wrap items-center justify-end gap-x-2 gap-y-1 text-sm text-destructive"
            >
              <span>Not sent. {problem.message}</span>
              <Button variant="outline" size="sm" onClick={() => onEdit(unsent)}>
                Edit
              </Button>
              <Button variant="outline" size="sm" onClick={() => onSend(unsent)}>
                <RotateCcw aria-hidden />
                Send again
              </Button>
            </div>
          )
        }
      />
    </article>
  );
}
