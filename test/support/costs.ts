import { setTimeout as delay } from "node:timers/promises";
import { type Answer, type Backend, type Client, until } from "../../packages/server/test/support/backend.ts";
import { readEvents } from "../../packages/server/test/support/events.ts";

/** Every operation of the API once, each in a place where it succeeds. */
export type Script = readonly { readonly operationId: string; readonly run: () => Promise<Answer> }[];

const api = "/api/v1";

export async function scriptOf(backend: Backend): Promise<Script> {
  const { owner, nobody } = backend;
  const { body: me } = await owner.get(`${api}/me`);
  const organization = `${api}/organizations/${me.defaultOrganizationId}`;
  const member = await backend.join("Member");
  const leaver = await backend.join("Leaver");
  const made: Record<string, string> = {};
  /** Remembers what an answer says, for the operations after it. */
  const keep = async (name: string, attribute: string, asked: Promise<Answer>): Promise<Answer> => {
    const answer = await asked;
    made[name] = String(answer.body[attribute]);
    return answer;
  };
  const of = (name: string): string => made[name] ?? "";
  const extra = await owner.post(`${api}/organizations`, { name: "Extra" });
  const quiet = await owner.post(`${api}/conversations`, { title: "Quiet", userIds: [member.userId] });
  const conversation = `${api}/conversations/${quiet.body.id}`;
  await owner.post(`${conversation}/messages`, { text: "needle in a haystack" });
  const retried = await cancelledReply(backend);
  const notices = await member.get(`${api}/notifications`);
  const link = await owner.post(`${api}/me/sign-in-links`);
  const other = await backend.join("Other");
  const sessions = await other.get(`${api}/me/sessions`);
  const spare = await owner.post(`${organization}/invitations`, { role: "member" });
  const open = await owner.post(`${organization}/invitations`, { role: "member" });
  return [
    { operationId: "getMe", run: () => owner.get(`${api}/me`) },
    { operationId: "updateMe", run: () => owner.request("PATCH", `${api}/me`, { name: "Owner" }) },
    { operationId: "putSetting", run: () => owner.request("PUT", `${api}/me/settings/theme`, { value: "dark" }) },
    { operationId: "listSettings", run: () => owner.get(`${api}/me/settings`) },
    { operationId: "deleteSetting", run: () => owner.request("DELETE", `${api}/me/settings/theme`) },
    { operationId: "listSessions", run: () => owner.get(`${api}/me/sessions`) },
    {
      operationId: "endSession",
      run: () => other.request("DELETE", `${api}/me/sessions/${sessions.body.items[0].id}`),
    },
    { operationId: "createSignInLink", run: () => owner.post(`${api}/me/sign-in-links`) },
    { operationId: "openSignInLink", run: () => nobody.get(link.body.url.slice(backend.url.length)) },
    { operationId: "createOrganization", run: () => owner.post(`${api}/organizations`, { name: "Acme" }) },
    { operationId: "listOrganizations", run: () => owner.get(`${api}/organizations`) },
    { operationId: "getOrganization", run: () => owner.get(organization) },
    { operationId: "updateOrganization", run: () => owner.request("PATCH", organization, { name: "Ours" }) },
    { operationId: "deleteOrganization", run: () => owner.request("DELETE", `${api}/organizations/${extra.body.id}`) },
    { operationId: "listMembers", run: () => owner.get(`${organization}/members`) },
    {
      operationId: "changeRole",
      run: () => owner.request("PATCH", `${organization}/members/${member.userId}`, { role: "admin" }),
    },
    {
      operationId: "removeMember",
      run: () => owner.request("DELETE", `${organization}/members/${leaver.userId}`),
    },
    { operationId: "createInvitation", run: () => owner.post(`${organization}/invitations`, { role: "member" }) },
    { operationId: "listInvitations", run: () => owner.get(`${organization}/invitations`) },
    {
      operationId: "revokeInvitation",
      run: () => owner.request("DELETE", `${organization}/invitations/${spare.body.id}`),
    },
    { operationId: "readInvitation", run: () => nobody.get(`${api}/invitations/${open.body.code}`) },
    {
      operationId: "acceptInvitation",
      run: () => nobody.post(`${api}/invitations/${open.body.code}/accept`, { name: "Ann" }),
    },
    { operationId: "listAuditEvents", run: () => owner.get(`${organization}/audit-events`) },
    {
      operationId: "createSkill",
      run: () => keep("skill", "id", owner.post(`${api}/skills`, { name: "Skill", content: "How to." })),
    },
    { operationId: "listSkills", run: () => owner.get(`${api}/skills`) },
    { operationId: "getSkill", run: () => owner.get(`${api}/skills/${of("skill")}`) },
    { operationId: "updateSkill", run: () => owner.request("PATCH", `${api}/skills/${of("skill")}`, { name: "Art" }) },
    { operationId: "createAgent", run: () => keep("agent", "id", owner.post(`${api}/agents`, { name: "Agent" })) },
    { operationId: "listAgents", run: () => owner.get(`${api}/agents`) },
    { operationId: "getAgent", run: () => owner.get(`${api}/agents/${of("agent")}`) },
    { operationId: "updateAgent", run: () => owner.request("PATCH", `${api}/agents/${of("agent")}`, { name: "One" }) },
    { operationId: "listModels", run: () => owner.get(`${api}/models`) },
    { operationId: "listTools", run: () => owner.get(`${api}/tools`) },
    {
      operationId: "createConversation",
      run: () => keep("conversation", "id", owner.post(`${api}/conversations`, { agentIds: [of("agent")] })),
    },
    { operationId: "listConversations", run: () => owner.get(`${api}/conversations`) },
    { operationId: "getConversation", run: () => owner.get(conversation) },
    { operationId: "updateConversation", run: () => owner.request("PATCH", conversation, { title: "Still" }) },
    {
      operationId: "addParticipant",
      run: () => owner.request("PUT", `${api}/conversations/${of("conversation")}/participants/${member.userId}`),
    },
    {
      operationId: "removeParticipant",
      run: () => owner.request("DELETE", `${api}/conversations/${of("conversation")}/participants/${member.userId}`),
    },
    {
      operationId: "uploadAttachment",
      run: () => keep("attachment", "id", upload(owner, `${backend.url}${conversation}/attachments?name=note.txt`)),
    },
    { operationId: "getAttachment", run: () => owner.get(`${conversation}/attachments/${of("attachment")}`) },
    {
      operationId: "deleteAttachment",
      run: () => owner.request("DELETE", `${conversation}/attachments/${of("attachment")}`),
    },
    { operationId: "getJwks", run: () => nobody.get("/.well-known/jwks.json") },
    { operationId: "postMessage", run: () => owner.post(`${conversation}/messages`, { text: "Nobody answers." }) },
    { operationId: "listMessages", run: () => owner.get(`${conversation}/messages`) },
    { operationId: "getMessage", run: () => owner.get(`${conversation}/messages/1`) },
    { operationId: "searchMessages", run: () => owner.get(`${api}/messages/search?q=needle`) },
    { operationId: "streamEvents", run: () => opened(owner, `${backend.url}${conversation}/events`) },
    { operationId: "cancelTurn", run: () => owner.post(`${conversation}/cancel`) },
    { operationId: "retryMessage", run: retried },
    { operationId: "listNotifications", run: () => member.get(`${api}/notifications`) },
    {
      operationId: "markNotification",
      run: () => member.request("PATCH", `${api}/notifications/${notices.body.items[0].id}`, { read: true }),
    },
    { operationId: "markAllRead", run: () => member.post(`${api}/notifications/read-all`) },
    {
      operationId: "createKey",
      run: () => keep("key", "id", owner.post(`${api}/keys`, { name: "Key", scopes: ["agents:read"] })),
    },
    { operationId: "listKeys", run: () => owner.get(`${api}/keys`) },
    { operationId: "deleteKey", run: () => owner.request("DELETE", `${api}/keys/${of("key")}`) },
    { operationId: "createSocketTicket", run: () => owner.post(`${api}/socket-tickets`) },
    { operationId: "deleteConversation", run: () => owner.request("DELETE", conversation) },
    { operationId: "deleteSkill", run: () => owner.request("DELETE", `${api}/skills/${of("skill")}`) },
    { operationId: "deleteAgent", run: () => owner.request("DELETE", `${api}/agents/${of("agent")}`) },
    { operationId: "pageCss", run: () => nobody.get("/auth/page.css") },
    { operationId: "signOut", run: () => owner.post("/auth/sign-out") },
  ];
}

/** Asks again for a reply that was cancelled, and waits until it is there. */
async function cancelledReply({ owner, url }: Backend): Promise<() => Promise<Answer>> {
  const agent = await owner.post(`${api}/agents`, { name: "Counter" });
  const { body } = await owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
  const path = `${api}/conversations/${body.id}`;
  await owner.post(`${path}/messages`, { text: "count to 300" });
  await until(async () => ((await owner.get(path)).body.activeTurn === 1 ? true : undefined));
  await owner.post(`${path}/cancel`);
  await until(async () => ((await owner.get(path)).body.activeTurn === null ? true : undefined));
  const events = await readEvents(`${url}${path}/events`, owner.headers);
  return async () => {
    const answer = await owner.post(`${path}/messages/2/retry`);
    await events.until(({ type }) => type === "turn.ended");
    events.close();
    return answer;
  };
}

async function upload({ headers }: Client, url: string): Promise<Answer> {
  const sent = { ...headers, "content-type": "text/plain" };
  const response = await fetch(url, { method: "POST", headers: sent, body: "A note." });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Opens a stream of events, and leaves. */
async function opened({ headers }: Client, url: string): Promise<Answer> {
  const leave = new AbortController();
  const response = await fetch(url, { headers, signal: leave.signal });
  leave.abort();
  // What the server reads for the stream it reads in a moment, or not at all.
  await delay(250);
  return { status: response.status, headers: response.headers, body: undefined };
}
