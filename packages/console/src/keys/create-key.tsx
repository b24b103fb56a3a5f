import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, repeatable } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { keysQuery } from "../api/queries.ts";
import type { BodyOf, Scope } from "../api/types.ts";
import { CopyLine } from "../components/copy-button.tsx";
import { Button } from "../components/ui/button.tsx";
import { Dialog, DialogActions } from "../components/ui/dialog.tsx";
import { Check, Field, FieldSet, Input, NativeSelect } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { useSubmit } from "../lib/use-submit.ts";

const scopes = [
  ["conversations:read", "Read conversations and search in them"],
  ["conversations:write", "Begin conversations and write in them"],
  ["agents:read", "See agents, skills and tools"],
  ["agents:write", "Create and change agents and skills"],
  ["organizations:read", "See organizations and their members"],
  ["organizations:write", "Change organizations, members, invitations"],
  ["profile:read", "See your profile and notifications"],
  ["profile:write", "Change your profile and settings"],
  ["keys:read", "See your API keys"],
  ["keys:write", "Create and revoke API keys"],
] as const satisfies readonly (readonly [Scope, string])[];

const lifetimes = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "1 year"],
  ["", "It does not expire"],
] as const;

interface CreateKeyProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function CreateKey({ open, onOpenChange }: CreateKeyProps) {
  const [secret, setSecret] = useState<string>();
  const change = (stays: boolean) => {
    onOpenChange(stays);
    if (!stays) setSecret(undefined);
  };
  if (secret === undefined) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="New API key"
        description="Give it no more than its program needs."
      >
        <KeyForm onCreated={setSecret} onCancel={() => change(false)} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title="Your new key"
      description="Copy it now: it is not kept, and not shown again."
    >
      <CopyLine text={secret} what="key" />
      <p className="text-sm text-muted-foreground">
        Send it as <code className="font-mono text-[0.9em]">Authorization: Bearer</code> with every request.
      </p>
      <DialogActions>
        <Button onClick={() => change(false)}>I have copied it</Button>
      </DialogActions>
    </Dialog>
  );
}

function KeyForm({ onCreated, onCancel }: { onCreated: (secret: string) => void; onCancel: () => void }) {
  const client = useQueryClient();
  const request = useRef(repeatable());
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [chosen, setChosen] = useState<readonly Scope[]>(["conversations:read", "conversations:write", "agents:read"]);
  const { busy, problem, submit } = useSubmit(async () => {
    const body: BodyOf<"createKey"> = { name, scopes: [...chosen] };
    if (days !== "") body.expiresInDays = Number(days);
    const { key } = await answer(api.POST("/api/v1/keys", { body, headers: request.current.headersFor(body) }));
    void client.invalidateQueries({ queryKey: keysQuery.queryKey });
    onCreated(key);
  });
  return (
    <Form onSubmit={submit}>
      <Field label="Name" hint="What uses it, so that you know later." fault={problem?.at("name")}>
        {(control) => (
          <Input
            {...control}
            autoFocus
            placeholder="Nightly report"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Lifetime" fault={problem?.at("expiresInDays")}>
        {(control) => (
          <NativeSelect {...control} value={days} onChange={(event) => setDays(event.target.value)}>
            {lifetimes.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <ScopesField chosen={chosen} fault={problem?.at("scopes")} onChange={setChosen} />
      <FormProblem problem={problem} />
      <DialogActions>
        <Button variant="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={busy}>
          Create key
        </Button>
      </DialogActions>
    </Form>
  );
}

interface ScopesFieldProps {
  readonly chosen: readonly Scope[];
  readonly fault: string | undefined;
  readonly onChange: (scopes: readonly Scope[]) => void;
}

function ScopesField({ chosen, fault, onChange }: ScopesFieldProps) {
  const toggle = (scope: Scope, on: boolean) =>
    onChange(on ? [...chosen, scope] : chosen.filter((one) => one !== scope));
  return (
    <FieldSet legend="Scopes" fault={fault}>
      <div className="grid gap-2 sm:grid-cols-2">
        {scopes.map(([scope, hint]) => (
          <Check
            key={scope}
            label={scope}
            hint={hint}
            checked={chosen.includes(scope)}
            onChange={(event) => toggle(scope, event.target.checked)}
          />
        ))}
      </div>
    </FieldSet>
  );
}
