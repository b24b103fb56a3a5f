import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ifMatch } from "../api/client.ts";
import { answer } from "../api/problem.ts";
import { conversationQuery } from "../api/queries.ts";
import type { Conversation } from "../api/types.ts";
import { Button } from "../components/ui/button.tsx";
import { Confirm } from "../components/ui/confirm.tsx";
import { Dialog, DialogActions } from "../components/ui/dialog.tsx";
import { Field, Input } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { useSubmit } from "../lib/use-submit.ts";
import { forgetConversation, keepConversation } from "./conversations.ts";

interface DialogProps {
  readonly conversation: Conversation;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function RenameConversation({ conversation, open, onOpenChange }: DialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Rename conversation">
      <RenameForm conversation={conversation} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function RenameForm({ conversation, onDone }: { conversation: Conversation; onDone: () => void }) {
  const client = useQueryClient();
  const [title, setTitle] = useState(conversation.title);
  const { busy, problem, submit } = useSubmit(async () => {
    const { queryKey } = conversationQuery(conversation.id);
    try {
      const params = { path: { id: conversation.id } };
      const headers = ifMatch(client.getQueryData(queryKey)?.version ?? conversation.version);
      const body = { title: title.trim() };
      keepConversation(client, await answer(api.PATCH("/api/v1/conversations/{id}", { params, body, headers })));
      onDone();
    } catch (error) {
      await client.refetchQueries({ queryKey });
      throw error;
    }
  });
  return (
    <Form onSubmit={submit}>
      <Field label="Title" fault={problem?.at("title")}>
        {(control) => (
          <Input {...control} maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
        )}
      </Field>
      <FormProblem
        problem={problem}
        conflict="It was renamed elsewhere meanwhile. Rename again to put your title in its place."
      />
      <DialogActions>
        <Button variant="outline" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" busy={busy} disabled={title.trim() === ""}>
          Rename
        </Button>
      </DialogActions>
    </Form>
  );
}

export function DeleteConversation({ conversation, open, onOpenChange }: DialogProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const remove = async () => {
    const path = { id: conversation.id };
    await answer(api.DELETE("/api/v1/conversations/{id}", { params: { path } }));
    if (pathname.endsWith(`/${conversation.id}`)) await navigate({ to: "/" });
    forgetConversation(client, conversation.id);
  };
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title="Delete this conversation?"
      description={`“${conversation.title}” and all of its messages are deleted, for everybody who takes part. This cannot be undone.`}
      action="Delete"
      onConfirm={remove}
    />
  );
}
