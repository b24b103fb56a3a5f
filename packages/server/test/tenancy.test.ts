import { afterAll, beforeAll, expect, test } from "vitest";
import { routes } from "../src/routes/index.ts";
import { type Backend, type Client, startBackend } from "./support/backend.ts";
import { readEvents } from "./support/events.ts";

let backend: Backend;
/** Somebody with an account of their own and nothing to do with the owner's things. */
let stranger: Client;
let ids: Record<string, string>;

beforeAll(async () => {
  backend = await startBackend();
  const { owner } = backend;
  const joined = await backend.join("Stranger");
  const { body: me } = await owner.get("/api/v1/me");
  const organizationId = me.defaultOrganizationId;
  await owner.request("DELETE", `/api/v1/organizations/${organizationId}/members/${joined.userId}`);
  stranger = joined;
  const invitation = await owner.post(`/api/v1/organizations/${organizationId}/invitations`, { role: "member" });
  const agent = await owner.post("/api/v1/agents", { name: "Secret agent" });
  const skill = await owner.post("/api/v1/skills", { name: "Secret skill", content: "secret" });
  const conversation = await owner.post("/api/v1/conversations", { title: "Secret", agentIds: [agent.body.id] });
  await owner.post(`/api/v1/conversations/${conversation.body.id}/messages`, { text: "the hidden treasure" });
  const uploaded = await fetch(
    `${backend.url}/api/v1/conversations/${conversation.body.id}/attachments?name=secret.txt`,
    {
      method: "POST",
      headers: { ...owner.headers, "content-type": "text/plain" },
      body: "the map",
    },
  );
  const attachment = (await uploaded.json()) as { readonly id: string };
  const key = await owner.post("/api/v1/keys", { name: "Mine", scopes: ["agents:read"] });
  const sessions = await owner.get("/api/v1/me/sessions");
  ids = {
    organizations: organizationId,
    invitationId: invitation.body.id,
    agents: agent.body.id,
    skills: skill.body.id,
    conversations: conversation.body.id,
    keys: key.body.id,
    sessions: sessions.body.items[0].id,
    notifications: "ntf_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    userId: me.id,
    participantId: agent.body.id,
    attachmentId: attachment.id,
    sequence: "1",
  };
});
afterAll(() => backend[Symbol.asyncDispose]());

/** What a valid request to each operation would send. */
const bodies: Record<string, unknown> = {
  updateOrganization: { name: "Mine now" },
  changeRole: { role: "member" },
  createInvitation: { role: "member" },
  updateAgent: { name: "Mine now" },
  updateSkill: { name: "Mine now" },
  updateConversation: { title: "Mine now" },
  postMessage: { text: "let me in" },
  markNotification: { read: true },
};

function fill(path: string): string {
  const resource = path.split("/")[3] === "me" ? "sessions" : (path.split("/")[3] ?? "");
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "id" ? ids[resource] : ids[name]) ?? "?");
}

const aboutOneThing = routes.filter((route) => /\{(id|\w+Id)\}/.test(route.path));

test("[tenancy.foreign] every route that names a thing answers 404 to who may not see it", async () => {
  expect(aboutOneThing.length).toBeGreaterThanOrEqual(30);
  const answers: Record<string, string> = {};
  for (const { method, path, operationId } of aboutOneThing) {
    const query = operationId === "uploadAttachment" ? "?name=x.txt" : "";
    const { status, body } = await stranger.request(method, fill(path) + query, bodies[operationId]);
    if (status !== 404) answers[`${method} ${path}`] = `${status} ${JSON.stringify(body)}`;
  }
  expect(answers).toEqual({});
  const untouched = await backend.owner.get(`/api/v1/agents/${ids["agents"]}`);
  expect(untouched.body.name).toBe("Secret agent");
});

test("[tenancy.foreign] lists of a foreign organization, and things made in it, are refused", async () => {
  const organizationId = ids["organizations"];
  for (const list of ["agents", "skills", "conversations"]) {
    expect((await stranger.get(`/api/v1/${list}?organizationId=${organizationId}`)).status).toBe(404);
  }
  expect((await stranger.post("/api/v1/agents", { organizationId, name: "x" })).status).toBe(404);
  expect((await stranger.post("/api/v1/conversations", { agentIds: [ids["agents"]] })).status).toBe(400);
  expect((await stranger.post("/api/v1/agents", { name: "x", skillIds: [ids["skills"]] })).status).toBe(400);
  expect((await stranger.post("/api/v1/conversations", { userIds: [ids["userId"]] })).status).toBe(400);
});

test("[tenancy.anonymous] every route but the public ones answers 401 to nobody", async () => {
  const answers: Record<string, number> = {};
  for (const { method, path, operationId, scope } of routes) {
    if (scope === "public" || scope === "optional") continue;
    const { status } = await backend.nobody.request(method, fill(path), bodies[operationId]);
    if (status !== 401) answers[`${method} ${path}`] = status;
  }
  expect(answers).toEqual({});
});

test("[tenancy.search] a search finds nothing of others", async () => {
  const mine = await backend.owner.get("/api/v1/messages/search?q=hidden+treasure");
  expect(mine.body.items.length).toBeGreaterThan(0);
  const theirs = await stranger.get("/api/v1/messages/search?q=hidden+treasure");
  expect(theirs.body.items).toEqual([]);
  const named = await stranger.get(`/api/v1/messages/search?q=hidden&conversationId=${ids["conversations"]}`);
  expect(named.status).toBe(404);
});

test("[tenancy.leaving] who is removed loses conversations and open streams", async () => {
  const { owner } = backend;
  const guest = await backend.join("Guest");
  const made = await owner.post("/api/v1/conversations", { title: "Shared", userIds: [guest.userId] });
  const path = `/api/v1/conversations/${made.body.id}`;
  expect((await guest.get(path)).status).toBe(200);
  const events = await readEvents(`${backend.url}${path}/events?after=0`, guest.headers);
  await owner.request("DELETE", `${path}/participants/${guest.userId}`);
  await events.closed;
  expect((await guest.get(path)).status).toBe(404);

  await owner.request("PUT", `${path}/participants/${guest.userId}`);
  expect((await guest.get(path)).status).toBe(200);
  await owner.request("DELETE", `/api/v1/organizations/${ids["organizations"]}/members/${guest.userId}`);
  expect((await guest.get(path)).status).toBe(404);
  const after = await owner.get(path);
  expect(after.body.participants.map((one: any) => one.id)).not.toContain(guest.userId);
});
