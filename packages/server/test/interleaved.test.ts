import { createAgent } from "@aloft/core/agents/agents";
import { agents } from "@aloft/core/agents/tables";
import type { Context } from "@aloft/core/context";
import { addParticipant, createConversation, deleteConversation } from "@aloft/core/conversations/conversations";
import { messageLog } from "@aloft/core/conversations/message-log";
import { postMessage } from "@aloft/core/conversations/messages";
import { messages, participants } from "@aloft/core/conversations/tables";
import { newUserOperations } from "@aloft/core/identity/users";
import { acceptInvitation, createInvitation } from "@aloft/core/organizations/invitations";
import { changeRole, removeMember } from "@aloft/core/organizations/members";
import { createOrganization, deleteOrganization } from "@aloft/core/organizations/organizations";
import { memberships, organizations } from "@aloft/core/organizations/tables";
import type { Store } from "@aloft/core/ports/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Engine, saying, startEngine } from "./support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({ stream: () => saying("") });
});
afterAll(() => engine[Symbol.asyncDispose]());

const now = () => new Date("2026-11-21T09:00:00.000Z");

/** A user's context; `meanwhile` happens right before its first call of `method` on `table`. */
function contextOf(userId: string, method?: keyof Store, table?: string, meanwhile?: () => Promise<unknown>): Context {
  let happened = meanwhile === undefined;
  const store = new Proxy(engine.store, {
    get(target, name: keyof Store) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...given: readonly unknown[]) => {
        const [first] = given as readonly { name?: string }[];
        if (!happened && name === method && (table === undefined || first?.name === table)) {
          happened = true;
          await meanwhile?.();
        }
        return (await Reflect.apply(value, target, given)) as unknown;
      };
    },
  });
  return {
    store,
    now,
    principal: { userId, by: { kind: "session", id: "ses_1" }, scopes: "all" },
    commit: async (operations, result) => {
      await store.transact(operations);
      return result;
    },
  };
}

async function newUser(name: string): Promise<string> {
  const { user, operations } = newUserOperations(now(), { name });
  await engine.store.transact(operations);
  return user.id;
}

async function organizationOf(
  ownerId: string,
  ...others: readonly (readonly [string, "owner" | "admin" | "member"])[]
) {
  const { id: organizationId } = await createOrganization(contextOf(ownerId), { name: "Acme" });
  for (const [userId, role] of others) {
    await engine.store.create(memberships, { organizationId, userId, role, createdAt: now().toISOString() });
  }
  return organizationId;
}

const nothing = { name: "A", description: "", instructions: "", tools: [], skillIds: [], maxSteps: 1 };
const nobodyAnswers = { serverId: () => "srv_1", admit: () => Promise.resolve() };
const ended = (log: ReturnType<typeof messageLog>) => (id: string, remove: () => Promise<void>) => log.end(id, remove);

test("[members.roles] who is demoted between the check and the write invites nobody", async () => {
  const [owner, admin] = [await newUser("Owner"), await newUser("Admin")];
  const organizationId = await organizationOf(owner, [admin, "admin"]);
  const demote = () => changeRole(contextOf(owner), organizationId, admin, "member");
  const late = contextOf(admin, "transact", undefined, demote);
  await expect(createInvitation(late, organizationId, { role: "admin" })).rejects.toMatchObject({ code: "conflict" });
});

test("[invitations.inviter] who is demoted between the check and the write lets nobody in", async () => {
  const [owner, admin, guest] = [await newUser("Owner"), await newUser("Admin"), await newUser("Guest")];
  const organizationId = await organizationOf(owner, [admin, "admin"]);
  const { code } = await createInvitation(contextOf(admin), organizationId, { role: "admin" });
  const demote = () => changeRole(contextOf(owner), organizationId, admin, "member");
  const late = contextOf(guest, "transact", undefined, demote);
  await expect(acceptInvitation(late, code)).rejects.toMatchObject({ code: "not_found" });
  expect(await engine.store.get(memberships, { organizationId, userId: guest })).toBeUndefined();
});

test("[members.roles] an owner who is demoted between the check and the write removes nobody", async () => {
  const [one, two, three] = [await newUser("One"), await newUser("Two"), await newUser("Three")];
  const organizationId = await organizationOf(one, [two, "owner"], [three, "member"]);
  const demote = () => changeRole(contextOf(one), organizationId, two, "member");
  const late = contextOf(two, "transact", undefined, demote);
  await expect(removeMember(late, organizationId, three)).rejects.toMatchObject({ reason: "state" });
  expect(await engine.store.get(memberships, { organizationId, userId: three })).toBeDefined();
});

test("[organizations.delete-race] who accepts after the members were counted is counted again, and stays", async () => {
  const [owner, late] = [await newUser("Owner"), await newUser("Late")];
  const organizationId = await organizationOf(owner);
  const { code } = await createInvitation(contextOf(owner), organizationId, { role: "member" });
  const accept = () => acceptInvitation(contextOf(late), code);
  const log = messageLog(engine.store, { publish: () => undefined });
  const deleting = contextOf(owner, "get", "users", accept);
  await expect(deleteOrganization(deleting, organizationId, ended(log))).rejects.toMatchObject({ reason: "state" });
  expect(await engine.store.get(organizations, { id: organizationId })).toBeDefined();
  expect(await engine.store.get(memberships, { organizationId, userId: late })).toBeDefined();
});

test("[organizations.delete-race] what is made while the organization goes is refused", async () => {
  const owner = await newUser("Owner");
  const organizationId = await organizationOf(owner);
  const log = messageLog(engine.store, { publish: () => undefined });
  const remove = () => deleteOrganization(contextOf(owner), organizationId, ended(log));
  const late = contextOf(owner, "transact", undefined, remove);
  await expect(createAgent(late, { ...nothing, organizationId })).rejects.toMatchObject({ code: "conflict" });
  const left = await engine.store.query(agents, { index: "byOrganization", where: { organizationId } });
  expect(left.items).toEqual([]);
});

test("[conversations.delete-race] a message whose conversation goes between the check and the write is refused", async () => {
  const owner = await newUser("Owner");
  const log = messageLog(engine.store, { publish: () => undefined });
  const { id: conversationId } = await createConversation(contextOf(owner), { agentIds: [], userIds: [] });
  await postMessage(contextOf(owner), log, conversationId, { text: "first" }, nobodyAnswers);
  const remove = () => deleteConversation(contextOf(owner), conversationId, ended(log));
  const late = contextOf(owner, "query", "participants", remove);
  const posted = postMessage(late, log, conversationId, { text: "second" }, nobodyAnswers);
  await expect(posted).rejects.toMatchObject({ code: "not_found" });
  expect((await engine.store.query(messages, { where: { conversationId } })).items).toEqual([]);
});

test("[conversations.participants] who leaves the organization, or whose conversation goes, is not added", async () => {
  const [owner, guest] = [await newUser("Owner"), await newUser("Guest")];
  const organizationId = await organizationOf(owner, [guest, "member"]);
  const log = messageLog(engine.store, { publish: () => undefined });
  const begun = await createConversation(contextOf(owner), { organizationId, agentIds: [], userIds: [] });
  const leave = () => removeMember(contextOf(guest), organizationId, guest);
  const adding = contextOf(owner, "transact", undefined, leave);
  await expect(addParticipant(adding, begun.id, guest)).rejects.toMatchObject({ code: "conflict" });
  const agent = await createAgent(contextOf(owner), { ...nothing, organizationId });
  const remove = () => deleteConversation(contextOf(owner), begun.id, ended(log));
  const late = contextOf(owner, "transact", undefined, remove);
  await expect(addParticipant(late, begun.id, agent.id)).rejects.toMatchObject({ code: "conflict" });
  expect((await engine.store.query(participants, { where: { conversationId: begun.id } })).items).toEqual([]);
});
