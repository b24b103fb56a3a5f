import { type ReactNode, useState } from "react";
import type { Problem } from "../api/problem.ts";
import type { Agent } from "../api/types.ts";
import { Notice } from "../components/notice.tsx";
import { Section } from "../components/page.tsx";
import { Button } from "../components/ui/button.tsx";
import { Field, Input, Textarea } from "../components/ui/field.tsx";
import { Form } from "../components/ui/form.tsx";
import { useSubmit } from "../lib/use-submit.ts";
import { ModelField, StepsField, ToolsField } from "./agent-choices.tsx";

export interface AgentFields {
  name: string;
  description: string;
  instructions: string;
  /** null: the server's default. */
  model: string | null;
  tools: string[];
  maxSteps: number;
}

interface AgentFormProps {
  readonly agent?: Agent;
  readonly action: string;
  readonly onSave: (fields: AgentFields) => Promise<void>;
  /** Begins anew with the agent as it is now. */
  readonly onReload?: () => Promise<void>;
}

function fieldsOf(agent: Agent | undefined): AgentFields {
  return {
    name: agent?.name ?? "",
    description: agent?.description ?? "",
    instructions: agent?.instructions ?? "",
    model: agent?.model ?? null,
    tools: [...(agent?.tools ?? [])],
    maxSteps: agent?.maxSteps ?? 5,
  };
}

export function AgentForm({ agent, action, onSave, onReload }: AgentFormProps) {
  const [fields, setFields] = useState(() => fieldsOf(agent));
  const { busy, problem, submit } = useSubmit(() => onSave(fields));
  const set = (change: Partial<AgentFields>) => setFields({ ...fields, ...change });
  return (
    <Form className="gap-6" onSubmit={submit}>
      <Section title="Who it is">
        <Words fields={fields} problem={problem} set={set} isNew={agent === undefined} />
      </Section>
      <Section title="What it runs on">
        <ModelField value={fields.model} fault={problem?.at("model")} onChange={(model) => set({ model })} />
        <StepsField
          value={fields.maxSteps}
          fault={problem?.at("maxSteps")}
          onChange={(maxSteps) => set({ maxSteps })}
        />
        <ToolsField chosen={fields.tools} fault={problem?.at("tools")} onChange={(tools) => set({ tools })} />
      </Section>
      <Refusal problem={problem} onReload={onReload} />
      <Button type="submit" busy={busy} className="self-end">
        {action}
      </Button>
    </Form>
  );
}

interface WordsProps {
  readonly fields: AgentFields;
  readonly problem: Problem | undefined;
  readonly set: (change: Partial<AgentFields>) => void;
  readonly isNew: boolean;
}

function Words({ fields, problem, set, isNew }: WordsProps) {
  return (
    <>
      <Field label="Name" fault={problem?.at("name")}>
        {(control) => (
          <Input
            {...control}
            autoFocus={isNew}
            value={fields.name}
            placeholder="Librarian"
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Description"
        optional
        hint="What people see when they choose whom to talk with."
        fault={problem?.at("description")}
      >
        {(control) => (
          <Input
            {...control}
            value={fields.description}
            placeholder="Finds things and says where they are"
            onChange={(event) => set({ description: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Instructions"
        optional
        hint="The system prompt: how it should behave, and what it should know."
        fault={problem?.at("instructions")}
      >
        {(control) => (
          <Textarea
            {...control}
            className="field-sizing-content max-h-[28rem] min-h-44"
            value={fields.instructions}
            placeholder="You are a careful librarian. Answer briefly, and name your sources."
            onChange={(event) => set({ instructions: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

const shown: ReadonlySet<string> = new Set(["name", "description", "instructions", "model", "tools", "maxSteps"]);

interface RefusalProps {
  readonly problem: Problem | undefined;
  readonly onReload: (() => Promise<void>) | undefined;
}

/** What no field says: the agent was changed elsewhere, or the server failed. */
function Refusal({ problem, onReload }: RefusalProps): ReactNode {
  if (problem === undefined) return null;
  if (problem.code === "precondition_failed") return <ChangedElsewhere onReload={onReload} />;
  const elsewhere = problem.faults.filter(({ path }) => !shown.has(path.split(".")[0] ?? ""));
  return (
    <div role="alert">
      <Notice tone="danger">
        {problem.faults.length === 0 ? problem.message : "Not saved: see what is marked above."}
        {elsewhere.map(({ path, message }) => (
          <span key={path} className="block">
            {path}: {message}
          </span>
        ))}
      </Notice>
    </div>
  );
}

function ChangedElsewhere({ onReload }: Pick<RefusalProps, "onReload">) {
  return (
    <div role="alert">
      <Notice
        tone="warning"
        action={
          <Button variant="outline" size="sm" onClick={() => void onReload?.()}>
            Reload
          </Button>
        }
      >
        This agent was changed elsewhere while you were editing it. Reload to see it as it is now; copy what you want to
        keep first, since your changes here will be gone.
      </Notice>
    </div>
  );
}
