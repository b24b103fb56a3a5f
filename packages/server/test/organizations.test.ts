import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend } from "./support/backend.ts";

let backend: Backend;
let organization: string;
beforeAll(async () => {
  backend = await startBackend();
  organization = (await backend.owner.get("/api/v1/me")).body.defaultOrganizationId;
});
afterAll(() => backend[Symbol.asyncDispose]());

const organizations = "/api/v1/organizations";
const here = () => `${organizations}/${organization}`;
const invite = (role = "member") => backend.owner.post(`${here()}/invitations`, { role });

test("[invitations.once] fifty who accept one invitation at once make one member", async () => {
  await using own = await startBackend();
  const organizationId = (await own.owner.get("/api/v1/me")).body.defaultOrganizationId;
  const { body } = await own.owner.post(`${organizations}/${organizationId}/invitations`, { role: "member" });
  const race = (name: string) => own.nobody.post(`/api/v1/invitations/${body.code}/accept`, { name });
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => race(`Racer ${i}`)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.every((status) => [200, 404, 429].includes(status))).toBe(true);
  const members = await own.owner.get(`${organizations}/${organizationId}/members`);
  expect(members.body.items).toHaveLength(2);
});

test("[invitations.once] a member who accepts again is told so, and the invitation stays", async () => {
  const { body } = await invite();
  const refused = await backend.owner.post(`/api/v1/invitations/${body.code}/accept`, {});
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toMatch(/member/);
  const listed = await backend.owner.get(`${here()}/invitations`);
  expect(listed.body.items.find((one: any) => one.id === body.id).status).toBe("pending");
});

test("[invitations.expiry] a revoked invitation is neither shown nor accepted", async () => {
  const { body } = await invite();
  expect(body.url).toBe(`${backend.url}/invitations/${body.code}`);
  const shown = await backend.nobody.get(`/api/v1/invitations/${body.code}`);
  expect(shown.body).toMatchObject({ organizationName: "Personal", invitedBy: "Owner", role: "member" });
  expect((await backend.owner.request("DELETE", `${here()}/invitations/${body.id}`)).status).toBe(204);
  expect((await backend.owner.request("DELETE", `${here()}/invitations/${body.id}`)).status).toBe(204);
  expect((await backend.nobody.get(`/api/v1/invitations/${body.code}`)).status).toBe(404);
  const refused = await backend.nobody.post(`/api/v1/invitations/${body.code}/accept`, { name: "Late" });
  expect(refused.status).toBe(404);
});

test("[invitations.inviter] an invitation ends with the right of who sent it to invite", async () => {
  const admin = await backend.join("Sender");
  const member = `${here()}/members/${admin.userId}`;
  await backend.owner.request("PATCH", member, { role: "admin" });
  const sent = await admin.post(`${here()}/invitations`, { role: "admin" });
  const accept = (name: string) => backend.nobody.post(`/api/v1/invitations/${sent.body.code}/accept`, { name });
  await backend.owner.request("PATCH", member, { role: "member" });
  expect((await backend.nobody.get(`/api/v1/invitations/${sent.body.code}`)).status).toBe(404);
  expect((await accept("Friend")).status).toBe(404);
  expect((await backend.owner.request("DELETE", member)).status).toBe(204);
  expect((await admin.post(`/api/v1/invitations/${sent.body.code}/accept`, {})).status).toBe(404);
  expect((await accept("Friend")).status).toBe(404);
});

test("[members.roles] members may not do what admins may, nor admins what owners may", async () => {
  const member = await backend.join("Mia");
  const admin = await backend.join("Adam");
  const { body: me } = await backend.owner.get("/api/v1/me");
  const members = `${here()}/members`;
  expect((await member.get(members)).status).toBe(200);
  expect((await member.post(`${here()}/invitations`, { role: "member" })).status).toBe(403);
  expect((await member.get(`${here()}/audit-events`)).status).toBe(403);
  expect((await member.request("PATCH", here(), { name: "Mine" })).status).toBe(403);
  expect((await backend.owner.request("PATCH", `${members}/${admin.userId}`, { role: "admin" })).status).toBe(200);
  expect((await admin.post(`${here()}/invitations`, { role: "member" })).status).toBe(201);
  expect((await admin.request("PATCH", `${members}/${admin.userId}`, { role: "owner" })).status).toBe(403);
  expect((await admin.request("PATCH", `${members}/${me.id}`, { role: "member" })).status).toBe(403);
  expect((await admin.request("DELETE", `${members}/${me.id}`)).status).toBe(403);
  expect((await admin.request("DELETE", here())).status).toBe(403);
  expect((await admin.request("DELETE", `${members}/${member.userId}`)).status).toBe(204);
  expect((await member.get(members)).status).toBe(404);
});

test("[members.last-owner] the last owner can neither leave nor become less", async () => {
  const made = await backend.owner.post(organizations, { name: "Acme" });
  const { body: me } = await backend.owner.get("/api/v1/me");
  const mine = `${organizations}/${made.body.id}/members/${me.id}`;
  const lesser = await backend.owner.request("PATCH", mine, { role: "admin" });
  expect(lesser).toMatchObject({ status: 409 });
  expect(lesser.body.detail).toMatch(/owner/);
  expect((await backend.owner.request("DELETE", mine)).status).toBe(409);
});

test("[organizations.delete] an organization goes with all it holds, when its owner is alone in it", async () => {
  const made = await backend.owner.post(organizations, { name: "Short-lived" });
  const organizationId = made.body.id;
  const agent = await backend.owner.post("/api/v1/agents", { organizationId, name: "A" });
  const skill = await backend.owner.post("/api/v1/skills", { organizationId, name: "S", content: "s" });
  const conversation = await backend.owner.post("/api/v1/conversations", { organizationId, title: "C" });
  const path = `/api/v1/conversations/${conversation.body.id}`;
  await backend.owner.post(`${path}/messages`, { text: "zanzibar" });
  const invitation = await backend.owner.post(`${organizations}/${organizationId}/invitations`, { role: "member" });
  const accepted = await backend.nobody.post(`/api/v1/invitations/${invitation.body.code}/accept`, { name: "Other" });
  expect((await backend.owner.request("DELETE", `${organizations}/${organizationId}`)).status).toBe(409);
  await backend.owner.request("DELETE", `${organizations}/${organizationId}/members/${accepted.body.userId}`);
  expect((await backend.owner.request("DELETE", `${organizations}/${organizationId}`)).status).toBe(204);
  for (const gone of [`/api/v1/agents/${agent.body.id}`, `/api/v1/skills/${skill.body.id}`, path]) {
    expect((await backend.owner.get(gone)).status).toBe(404);
  }
  expect((await backend.owner.get("/api/v1/messages/search?q=zanzibar")).body.items).toEqual([]);
  const own = await backend.owner.request("DELETE", here());
  expect(own.status).toBe(409);
});

test("[audit.trail] what was done is recorded with the deed", async () => {
  const { body } = await invite("admin");
  const trail = await backend.owner.get(`${here()}/audit-events?limit=1`);
  expect(trail.body.items[0]).toMatchObject({ action: "invitation.create", target: body.id, actor: { by: "session" } });
});

test("[notifications.life] the inviter is told, and marks it as read", async () => {
  await backend.owner.post("/api/v1/notifications/read-all");
  await backend.join("Nora");
  const told = await backend.owner.get("/api/v1/notifications");
  expect(told.body).toMatchObject({ unread: 1, items: [{ kind: "invitation.accepted" }, ...told.body.items.slice(1)] });
  const [notification] = told.body.items;
  expect(notification.title).toContain("Nora");
  const path = `/api/v1/notifications/${notification.id}`;
  expect((await backend.owner.request("PATCH", path, { read: true })).body.readAt).toBeTypeOf("string");
  expect((await backend.owner.get("/api/v1/notifications")).body.unread).toBe(0);
  expect((await backend.owner.request("PATCH", path, { read: false })).body.readAt).toBeUndefined();
  expect((await backend.owner.post("/api/v1/notifications/read-all")).status).toBe(204);
  expect((await backend.owner.get("/api/v1/notifications")).body.unread).toBe(0);
});

test("[agents.life] agents and skills are made, changed under If-Match, and deleted", async () => {
  const { owner } = backend;
  const skill = await owner.post("/api/v1/skills", { name: "Rhymes", content: "Always rhyme." });
  const made = await owner.post("/api/v1/agents", { name: "Poet", skillIds: [skill.body.id] });
  expect(made.status).toBe(201);
  expect(made.headers.get("etag")).toBe('"1"');
  const path = `/api/v1/agents/${made.body.id}`;
  expect(made.headers.get("location")).toBe(path);
  const changed = await owner.request("PATCH", path, { instructions: "Be brief." }, { "if-match": '"1"' });
  expect(changed.body).toMatchObject({ name: "Poet", instructions: "Be brief.", version: 2 });
  const late = await owner.request("PATCH", path, { name: "Late" }, { "if-match": '"1"' });
  expect(late).toMatchObject({ status: 412, body: { code: "precondition_failed" } });
  const unknown = await owner.request("PATCH", path, { tools: ["teleport"], model: "nowhere/model" });
  expect(unknown.status).toBe(400);
  expect(unknown.body.errors.map((one: any) => one.path)).toEqual(["body.tools.0", "body.model"]);
  expect((await owner.request("DELETE", `/api/v1/skills/${skill.body.id}`)).status).toBe(204);
  expect((await owner.get(path)).status).toBe(200);
  expect((await owner.request("DELETE", path, undefined, { "if-match": '"1"' })).status).toBe(412);
  expect((await owner.request("DELETE", path)).status).toBe(204);
  expect((await owner.get(path)).status).toBe(404);
  const named = (await owner.get("/api/v1/agents")).body.items.map((one: any) => one.id);
  expect(named).not.toContain(made.body.id);
});

test("[settings.life] settings are a user's own", async () => {
  const other = await backend.join("Olga");
  const put = await backend.owner.request("PUT", "/api/v1/me/settings/console.theme", { value: { dark: true } });
  expect(put).toMatchObject({ status: 200, body: { name: "console.theme", value: { dark: true }, version: 1 } });
  expect((await backend.owner.get("/api/v1/me/settings")).body.items).toHaveLength(1);
  expect((await other.get("/api/v1/me/settings")).body.items).toEqual([]);
  expect((await backend.owner.request("DELETE", "/api/v1/me/settings/console.theme")).status).toBe(204);
  expect((await backend.owner.get("/api/v1/me/settings")).body.items).toEqual([]);
  const large = await backend.owner.request("PUT", "/api/v1/me/settings/large", { value: "x".repeat(20_000) });
  expect(large.status).toBe(400);
});
