import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { MailX } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { invitationQuery, meQuery } from "../api/queries.ts";
import type { Me } from "../api/types.ts";
import { Alone, Splash, Unreachable } from "../components/splash.tsx";
import { Button } from "../components/ui/button.tsx";
import { Field, Input } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { shortDate } from "../lib/time.ts";
import { useDocumentTitle } from "../lib/use-document-title.ts";
import { useSubmit } from "../lib/use-submit.ts";

const route = getRouteApi("/invitations/$code");

/** Where an invitation's link leads: joins who is signed in, and makes an account for who is not. */
export function InvitationPage() {
  const { code } = route.useParams();
  const invitation = useQuery({ ...invitationQuery(code), retry: false });
  const me = useQuery({ ...meQuery, retry: false });
  useDocumentTitle("Invitation");
  if (invitation.error !== null) {
    const problem = problemOf(invitation.error);
    if (problem.passing) return <Unreachable message={problem.message} onRetry={() => void invitation.refetch()} />;
    return <Spent />;
  }
  if (invitation.data === undefined || me.isPending) return <Splash />;
  const { organizationName, invitedBy, role, expiresAt } = invitation.data;
  return (
    <Alone title={`Join ${organizationName}`}>
      <p>
        {invitedBy} invites you to take part as {role === "admin" ? "an admin" : "a member"}. The invitation works once,
        until {shortDate(expiresAt)}.
      </p>
      <Accept code={code} me={me.data} />
    </Alone>
  );
}

function Spent() {
  return (
    <Alone
      title="This invitation no longer works"
      icon={
        <span className="grid size-12 place-items-center rounded-2xl bg-warning-tint text-warning-foreground">
          <MailX className="size-6" aria-hidden />
        </span>
      }
    >
      <p>It was used already, was revoked, or has expired. Ask whoever invited you for a new one.</p>
      <Button asChild variant="outline" className="self-start">
        <a href="/">Go to the console</a>
      </Button>
    </Alone>
  );
}

function Accept({ code, me }: { code: string; me: Me | undefined }) {
  const [name, setName] = useState("");
  const { busy, problem, submit } = useSubmit(async () => {
    const body = me === undefined ? { name } : {};
    await answer(api.POST("/api/v1/invitations/{code}/accept", { params: { path: { code } }, body }));
    location.assign("/");
  });
  return (
    <Form className="gap-4 rounded-2xl border bg-surface p-5 text-foreground shadow-low" onSubmit={submit}>
      {me === undefined ? (
        <Field label="Your name" hint="Makes your account, and signs this browser in." fault={problem?.at("name")}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      ) : (
        <p className="text-sm">
          You are signed in as <strong>{me.name}</strong>.
        </p>
      )}
      <FormProblem problem={problem} />
      <Button type="submit" busy={busy}>
        {me === undefined ? "Create account and join" : "Join"}
      </Button>
    </Form>
  );
}
