import { conversations, messages, participants } from "@aloft/core/conversations/tables";
import { memberships, organizations as organizationsTable } from "@aloft/core/organizations/tables";
import type { Store } from "@aloft/core/ports/store";
import type { AnyTable, Stored } from "@aloft/core/tables/define-table";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend, until } from "./support/backend.ts";
import { storeOf } from "../../../test/support/stores.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend({ env: { ALOFT_USER_RATE: "10000", ALOFT_USER_BURST: "20000" } });
});
afterAll(() => backend[Symbol.asyncDispose]());

const api = "/api/v1";
const organizations = `${api}/organizations`;

async function joined(organizationId: string, name: string, role: string) {
  const invited = await backend.owner.post(`${organizations}/${organizationId}/invitations`, { role: "admin" });
  const member = await backend.join(name);
  expect((await member.post(`${api}/invitations/${invited.body.code}/accept`, {})).status).toBe(200);
  const path = `${organizations}/${organizationId}/members/${member.userId}`;
  expect((await backend.owner.request("PATCH", path, { role })).status).toBe(200);
  return { ...member, path };
}

test("[members.last-owner] two owners who demote or remove each other at once leave one", async () => {
  const me = (await backend.owner.get(`${api}/me`)).body.id;
  for (let round = 0; round < 10; round++) {
    const { body } = await backend.owner.post(organizations, { name: `Race ${round}` });
    const mine = `${organizations}/${body.id}/members/${me}`;
    const other = await joined(body.id, `Rival ${round}`, "owner");
    const [method, change] = round % 2 === 0 ? (["PATCH", { role: "member" }] as const) : (["DELETE"] as const);
    const answers = await Promise.all([
      backend.owner.request(method, other.path, change),
      other.request(method, mine, change),
    ]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status < 300)).toHaveLength(1);
    expect(statuses.filter((status) => [403, 404, 409].includes(status))).toHaveLength(1);
    const lost = answers.find(({ status }) => status >= 300);
    expect(lost?.body.detail).not.toMatch(/memberships|condition/);
    const seen = statuses[0]! < 300 ? backend.owner : other;
    const { items } = (await seen.get(`${organizations}/${body.id}/members`)).body;
    expect(items.filter((one: any) => one.role === "owner")).toHaveLength(1);
  }
});

test("[turns.limits] too many messages sent at the same moment are refused like those sent one after another", async () => {
  const agent = await backend.owner.post(`${api}/agents`, { name: "Busy" });
  const made = await backend.owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
  const path = `${api}/conversations/${made.body.id}`;
  const say = () => backend.owner.post(`${path}/messages`, { text: "count to 3000" });
  const statuses = (await Promise.all(Array.from({ length: 40 }, say))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(16);
  expect(statuses.filter((status) => status === 429)).toHaveLength(24);
  expect((await backend.owner.request("DELETE", path)).status).toBe(204);
  const { body } = await backend.owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
  const free = await backend.owner.post(`${api}/conversations/${body.id}/messages`, { text: "Hello" });
  expect(free.status).toBe(201);
});

test("[api.idempotency.race] retries of a reply that race under one key all get the one answer", async () => {
  const agent = await backend.owner.post(`${api}/agents`, { name: "Unlucky" });
  const made = await backend.owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
  const path = `${api}/conversations/${made.body.id}`;
  await backend.owner.post(`${path}/messages`, { text: "fail with model_overloaded" });
  await until(async () => ((await backend.owner.get(`${path}/messages/1`)).body.pending ? undefined : true));
  const retry = () => backend.owner.post(`${path}/messages/1/retry`, undefined, { "idempotency-key": "again" });
  const answers = await Promise.all(Array.from({ length: 12 }, retry));
  expect(answers.map(({ status, body }) => `${status} ${body.turn}`)).toEqual(Array(12).fill("202 1"));
  await until(async () => ((await backend.owner.get(`${path}/messages/1`)).body.pending ? undefined : true));
  const { items } = (await backend.owner.get(`${path}/messages`)).body;
  expect(items.filter((one: any) => one.replyTo === 1)).toHaveLength(2);
});

test("[organizations.many] over a hundred organizations and members are listed whole", async () => {
  const person = await backend.join("Collector");
  for (let i = 0; i < 11; i++) {
    await Promise.all(Array.from({ length: 10 }, (_, k) => person.post(organizations, { name: `${i}.${k}` })));
  }
  expect((await person.get(`${organizations}?limit=200`)).body.items).toHaveLength(112);
  expect((await person.get(`${api}/me`)).body.organizations).toHaveLength(112);
});

test("[conversations.largest] the largest conversation is begun under an Idempotency-Key, a larger one is refused", async () => {
  const organizationId = (await backend.owner.get(`${api}/me`)).body.defaultOrganizationId;
  const people: string[] = [];
  while (people.length < 47) people.push((await backend.join(`Person ${people.length}`)).userId);
  const begin = (body: object, key: string) =>
    backend.owner.post(`${api}/conversations`, { organizationId, ...body }, { "idempotency-key": key });
  expect((await begin({ title: "All", userIds: people }, "all")).status).toBe(201);
  const agent = await backend.owner.post(`${api}/agents`, { name: "One more" });
  const refused = await begin({ title: "All", userIds: people, agentIds: [agent.body.id] }, "more");
  expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringMatching(/at most 48/) } });
}, 60_000);

test("[conversations.largest] more than may take part, added at the same moment, do not all take part", async () => {
  const { owner } = backend;
  const agents = await Promise.all(
    Array.from({ length: 80 }, (_, i) => owner.post(`${api}/agents`, { name: `A${i}` })),
  );
  const made = await owner.post(`${api}/conversations`, { title: "Crowd" });
  const path = `${api}/conversations/${made.body.id}`;
  const added = await Promise.all(agents.map(({ body }) => owner.request("PUT", `${path}/participants/${body.id}`)));
  expect(added.every(({ status }) => status === 200 || status === 400)).toBe(true);
  expect(added.some(({ status }) => status === 400)).toBe(true);
  await using store = await open(backend);
  const { items } = await store.query(participants, { where: { conversationId: made.body.id }, limit: 200 });
  expect(items.length).toBeLessThanOrEqual(48);
});

test("[conversations.largest] a title made of agents' names ends with a whole character", async () => {
  const names = [`x${"😀".repeat(59)}`, `${"😀".repeat(59)}y`];
  const made = await Promise.all(names.map((name) => backend.owner.post(`${api}/agents`, { name })));
  const agentIds = made.map(({ body }) => body.id);
  const { status, body } = await backend.owner.post(`${api}/conversations`, { agentIds });
  expect(status).toBe(201);
  expect(body.title.isWellFormed()).toBe(true);
  expect(body.title.length).toBeGreaterThan(190);
});

async function all<T extends AnyTable>(store: Store, table: T): Promise<Stored<T>[]> {
  const items: Stored<T>[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.scan(table, { limit: 500, cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

const open = async ({ dataDir }: Backend) => (await storeOf(dataDir)).open();

test("[conversations.delete-race] what is posted, added and replied while a conversation is deleted leaves nothing", async () => {
  const { owner } = backend;
  const agent = await owner.post(`${api}/agents`, { name: "Doomed" });
  const guest = await backend.join("Guest");
  const rounds = Array.from({ length: 12 }, async (_, round) => {
    const made = await owner.post(`${api}/conversations`, { agentIds: [agent.body.id] });
    const path = `${api}/conversations/${made.body.id}`;
    const say = (i: number) => owner.post(`${path}/messages`, { text: `${i} and count to 20` });
    for (let i = 0; i < round % 3; i++) await say(i);
    const [deleted, ...others] = await Promise.all([
      new Promise((resolve) => setTimeout(resolve, round)).then(() => owner.request("DELETE", path)),
      ...Array.from({ length: 8 }, (__, i) => say(i)),
      owner.request("PUT", `${path}/participants/${guest.userId}`),
      owner.request("PATCH", path, { title: "Too late" }),
    ]);
    expect(deleted.status).toBe(204);
    expect(others.every(({ status }) => [200, 201, 404, 409, 429].includes(status))).toBe(true);
    expect((await say(0)).status).toBe(404);
  });
  await Promise.all(rounds);
  await using store = await open(backend);
  const there = new Set((await all(store, conversations)).map(({ id }) => id));
  const orphans = [...(await all(store, messages)), ...(await all(store, participants))];
  expect(orphans.filter(({ conversationId }) => !there.has(conversationId))).toEqual([]);
  expect(backend.log()).not.toContain('"unexpected"');
});

test("[organizations.delete-race] who accepts while the organization is deleted joins it, or nothing", async () => {
  const { owner } = backend;
  const people = await Promise.all(Array.from({ length: 6 }, (_, i) => backend.join(`Late ${i}`)));
  for (const [round, person] of people.entries()) {
    const { body } = await owner.post(organizations, { name: `Closing ${round}` });
    const path = `${organizations}/${body.id}`;
    const invited = await owner.post(`${path}/invitations`, { role: "member" });
    const pause = new Promise((resolve) => setTimeout(resolve, round));
    const [deleted, accepted] = await Promise.all([
      owner.request("DELETE", path),
      pause.then(() => person.post(`${api}/invitations/${invited.body.code}/accept`, {})),
      owner.post(`${api}/agents`, { organizationId: body.id, name: "Last" }),
    ]);
    expect([[204, 404].join(), [409, 200].join()]).toContain([deleted.status, accepted.status].join());
  }
  await using store = await open(backend);
  const there = new Set((await all(store, organizationsTable)).map(({ id }) => id));
  const lost = (await all(store, memberships)).filter(({ organizationId }) => !there.has(organizationId));
  expect(lost).toEqual([]);
});

test("[tenancy.search] who is no member any more finds nothing, even where a removal was cut off half-way", async () => {
  const { owner } = backend;
  const guest = await backend.join("Half gone");
  const organizationId = (await owner.get(`${api}/me`)).body.defaultOrganizationId;
  const made = await owner.post(`${api}/conversations`, { title: "Shared", userIds: [guest.userId] });
  await owner.post(`${api}/conversations/${made.body.id}/messages`, { text: "quicksilver" });
  const search = () => guest.get(`${api}/messages/search?q=quicksilver`);
  expect((await search()).body.items).toHaveLength(1);
  await using store = await open(backend);
  await store.delete(memberships, { organizationId, userId: guest.userId });
  expect((await search()).body.items).toEqual([]);
});

test("[api.auth.key] a key that may not change organizations accepts no invitation", async () => {
  const { owner } = backend;
  const person = await backend.join("Keyholder");
  const made = await person.post(`${api}/keys`, { name: "Reader", scopes: ["agents:read"] });
  const { body } = await owner.post(organizations, { name: "Tempting" });
  const invited = await owner.post(`${organizations}/${body.id}/invitations`, { role: "admin" });
  const byKey = backend.client({ authorization: `Bearer ${made.body.key}` });
  const refused = await byKey.post(`${api}/invitations/${invited.body.code}/accept`, {});
  expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("organizations:write") } });
  expect((await person.post(`${api}/invitations/${invited.body.code}/accept`, {})).status).toBe(200);
});

test("[sign-in.link] asking for the head of a link does not spend it", async () => {
  const { body } = await backend.owner.post(`${api}/me/sign-in-links`);
  const looked = await fetch(body.url, { method: "HEAD", redirect: "manual" });
  expect(looked.headers.getSetCookie()).toEqual([]);
  expect((await fetch(body.url, { redirect: "manual" })).status).toBe(303);
});
