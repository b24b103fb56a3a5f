import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { api, ifMatch } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { membersQuery, meQuery, organizationQuery } from "../api/queries.ts";
import type { Member } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Badge, Section, SkeletonRows } from "../components/page.tsx";
import { Button, IconButton } from "../components/ui/button.tsx";
import { Confirm } from "../components/ui/confirm.tsx";
import { Field, Input } from "../components/ui/field.tsx";
import { Form, FormProblem } from "../components/ui/form.tsx";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from "../components/ui/menu.tsx";
import { useSubmit } from "../lib/use-submit.ts";
import { useMe, useOrganization } from "../session.tsx";
import { Invitations } from "./invitations.tsx";
import { InviteDialog } from "./invite-dialog.tsx";

const roles = ["owner", "admin", "member"] as const;

export function OrganizationPage() {
  const organization = useOrganization();
  const manages = organization.role !== "member";
  return (
    <>
      {manages && <Name key={organization.id} />}
      <Members key={`${organization.id}-members`} />
      {manages && <Invitations organizationId={organization.id} />}
    </>
  );
}

function Name() {
  const { id } = useOrganization();
  const client = useQueryClient();
  const organization = useQuery(organizationQuery(id));
  const [typed, setTyped] = useState<string>();
  const name = typed ?? organization.data?.name ?? "";
  const { busy, problem, submit } = useSubmit(async () => {
    try {
      const headers = ifMatch(organization.data?.version ?? 0);
      await answer(api.PATCH("/api/v1/organizations/{id}", { params: { path: { id } }, body: { name }, headers }));
      toast.success("Saved.");
    } finally {
      void client.invalidateQueries({ queryKey: meQuery.queryKey });
      void organization.refetch();
    }
  });
  return (
    <Section title="Organization">
      <Form onSubmit={submit}>
        <Field label="Name" fault={problem?.at("name")}>
          {(control) => <Input {...control} value={name} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        <FormProblem
          problem={problem}
          conflict="It was renamed elsewhere meanwhile. Save again to put your name in its place."
        />
        <Button
          type="submit"
          busy={busy}
          className="self-end"
          disabled={organization.data === undefined || name === organization.data.name}
        >
          Save
        </Button>
      </Form>
    </Section>
  );
}

function Members() {
  const organization = useOrganization();
  const [inviting, setInviting] = useState(false);
  const list = useInfiniteQuery(membersQuery(organization.id));
  const all = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Section
      title="Members"
      description="Members use agents and begin conversations; admins also invite and remove members; owners may do everything."
    >
      {all === undefined &&
        (list.error === null ? (
          <SkeletonRows rows={2} className="h-12" />
        ) : (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ))}
      <ul className="-my-2 flex flex-col divide-y">
        {all?.map((member) => (
          <MemberRow key={member.userId} member={member} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          variant="outline"
          size="sm"
          className="self-center"
          busy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show more
        </Button>
      )}
      {organization.role !== "member" && (
        <Button variant="outline" className="self-start" onClick={() => setInviting(true)}>
          <UserPlus aria-hidden />
          Invite someone
        </Button>
      )}
      <InviteDialog organizationId={organization.id} open={inviting} onOpenChange={setInviting} />
    </Section>
  );
}

function MemberRow({ member }: { member: Member }) {
  const me = useMe();
  const organization = useOrganization();
  const { userId, name, email, role } = member;
  const changeable =
    organization.role !== "member" && userId !== me.id && (role !== "owner" || organization.role === "owner");
  return (
    <li className="flex items-center gap-3.5 py-3">
      <Avatar id={userId} name={name} kind="user" className="size-9" />
      <div className="flex min-w-0 flex-1 flex-col">
        <span className="truncate text-sm font-medium">
          {name}
          {userId === me.id && <span className="font-normal text-muted-foreground"> (you)</span>}
        </span>
        {email !== undefined && <span className="truncate text-xs text-muted-foreground">{email}</span>}
      </div>
      <Badge tone={role === "member" ? "neutral" : "tint"}>{role}</Badge>
      {changeable ? <MemberMenu member={member} /> : <span className="size-8" />}
    </li>
  );
}

function useMemberActions({ userId }: Member) {
  const client = useQueryClient();
  const organization = useOrganization();
  const params = { path: { id: organization.id, userId } };
  const path = "/api/v1/organizations/{id}/members/{userId}";
  const refresh = () => client.invalidateQueries({ queryKey: membersQuery(organization.id).queryKey });
  const change = async (role: Member["role"]) => {
    await answer(api.PATCH(path, { params, body: { role } }));
    await refresh();
  };
  return {
    change: (role: Member["role"]) =>
      void change(role).catch((error: unknown) => toast.error(problemOf(error).message)),
    remove: async () => {
      await answer(api.DELETE(path, { params }));
      await refresh();
    },
  };
}

function MemberMenu({ member }: { member: Member }) {
  const organization = useOrganization();
  const [removing, setRemoving] = useState(false);
  const { change, remove } = useMemberActions(member);
  const { name, role } = member;
  const offered = roles.filter((one) => one !== "owner" || organization.role === "owner");
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Menu of ${name}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuLabel>Role</MenuLabel>
        {offered.map((one) => (
          <MenuChoice key={one} checked={one === role} onSelect={() => change(one)}>
            {one}
          </MenuChoice>
        ))}
        <MenuSeparator />
        <MenuItem danger onSelect={() => setRemoving(true)}>
          <UserMinus />
          Remove
        </MenuItem>
      </Menu>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${name}?`}
        description={`${name} sees nothing of ${organization.name} any more. What they wrote stays. You can invite them again.`}
        action="Remove"
        onConfirm={remove}
      />
    </>
  );
}
