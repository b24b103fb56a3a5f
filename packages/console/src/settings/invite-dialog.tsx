import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, repeatable } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { invitationsQuery } from "../api/queries.ts";
import type { BodyOf, Invitation } from "../api/types.ts";
import { CopyLine } from "../components/copy-button.tsx";
import { Button } from "../components/ui/button.tsx";
import { Dialog, DialogActions } from "../components/ui/dialog.tsx";
import { Field, Input, NativeSelect } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { shortDate } from "../lib/time.ts";
import { useSubmit } from "../lib/use-submit.ts";

interface InviteDialogProps {
  readonly organizationId: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function InviteDialog({ organizationId, open, onOpenChange }: InviteDialogProps) {
  const [made, setMade] = useState<Invitation>();
  const change = (stays: boolean) => {
    onOpenChange(stays);
    if (!stays) setMade(undefined);
  };
  if (made === undefined) {
    return (
      <Dialog
        open={open}
        onOpenChange={change}
        title="Invite someone"
        description="You get a link to pass on; Aloft sends no mail."
      >
        <InviteForm organizationId={organizationId} onMade={setMade} onCancel={() => change(false)} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title="The invitation is ready"
      description={`Pass this link on. Whoever opens it first may join, until ${shortDate(made.expiresAt)}.`}
    >
      <CopyLine text={made.url} what="link" />
      <DialogActions>
        <Button onClick={() => change(false)}>Done</Button>
      </DialogActions>
    </Dialog>
  );
}

interface InviteFormProps {
  readonly organizationId: string;
  readonly onMade: (invitation: Invitation) => void;
  readonly onCancel: () => void;
}

function InviteForm({ organizationId, onMade, onCancel }: InviteFormProps) {
  const client = useQueryClient();
  const request = useRef(repeatable());
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<"admin" | "member">("member");
  const { busy, problem, submit } = useSubmit(async () => {
    const params = { path: { id: organizationId } };
    const body: BodyOf<"createInvitation"> = { role };
    if (email.trim() !== "") body.email = email.trim();
    const headers = request.current.headersFor(body);
    const made = await answer(api.POST("/api/v1/organizations/{id}/invitations", { params, body, headers }));
    void client.invalidateQueries({ queryKey: invitationsQuery(organizationId).queryKey });
    onMade(made);
  });
  return (
    <Form onSubmit={submit}>
      <Field label="E-mail address" optional hint="Only a note of whom it is for." fault={problem?.at("email")}>
        {(control) => (
          <Input
            {...control}
            autoFocus
            type="email"
            placeholder="kim@example.com"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Role" fault={problem?.at("role")}>
        {(control) => (
          <NativeSelect
            {...control}
            value={role}
            onChange={(event) => setRole(event.target.value === "admin" ? "admin" : "member")}
          >
            <option value="member">Member: uses agents, begins conversations</option>
            <option value="admin">Admin: also invites and removes members</option>
          </NativeSelect>
        )}
      </Field>
      <FormProblem problem={problem} />
      <DialogActions>
        <Button variant="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={busy}>
          Make the link
        </Button>
      </DialogActions>
    </Form>
  );
}
