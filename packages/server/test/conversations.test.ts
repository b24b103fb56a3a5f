import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend, until } from "./support/backend.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const api = "/api/v1";

async function begin(agents: readonly object[] = [], userIds: readonly string[] = []) {
  const made = await Promise.all(agents.map((agent) => backend.owner.post(`${api}/agents`, agent)));
  const agentIds = made.map(({ body }) => body.id as string);
  const { body, status } = await backend.owner.post(`${api}/conversations`, { agentIds, userIds });
  expect(status).toBe(201);
  return { path: `${api}/conversations/${body.id}`, id: body.id as string, agentIds };
}

const say = (path: string, text: string) => backend.owner.post(`${path}/messages`, { text });

async function replyTo(path: string, sequence: number) {
  return until(async () => {
    const { body } = await backend.owner.get(`${path}/messages?order=asc&limit=200`);
    const asked = body.items.find((one: any) => one.sequence === sequence);
    const reply = body.items.findLast((one: any) => one.replyTo === sequence);
    return asked?.pending === false ? reply : undefined;
  });
}

test("[turns.reply] the sample agent replies to the owner's first message", async () => {
  const { body } = await backend.owner.get(`${api}/conversations`);
  const welcome = body.items[0];
  expect(welcome.title).toBe("Welcome");
  const sent = await say(`${api}/conversations/${welcome.id}`, "Hello!");
  expect(sent).toMatchObject({ status: 201, body: { sequence: 1, pending: true, author: { kind: "user" } } });
  expect(sent.headers.get("location")).toBe(`${api}/conversations/${welcome.id}/messages/1`);
  const reply = await replyTo(`${api}/conversations/${welcome.id}`, 1);
  expect(reply).toMatchObject({ status: "complete", author: { kind: "agent", name: "Guide" }, sequence: 2 });
  expect(reply.text).toMatch(/offline/i);
  expect(reply.usage.outputTokens).toBeGreaterThan(0);
});

test("[turns.reply] an agent's tools run, and what they gave is in the reply", async () => {
  const { path } = await begin([{ name: "Clock", tools: ["current_time"] }]);
  await say(path, "use current_time");
  const reply = await replyTo(path, 1);
  expect(reply.status).toBe("complete");
  expect(reply.toolUses).toHaveLength(1);
  expect(reply.toolUses[0].name).toBe("current_time");
  expect(Date.parse(reply.toolUses[0].output.utc)).toBeGreaterThan(0);
  expect(reply.text).toContain(reply.toolUses[0].output.utc.slice(0, 10));
});

test("[turns.reply] a message in a conversation without agents waits for nobody", async () => {
  const { path } = await begin();
  expect((await say(path, "Note to self")).body).toMatchObject({ pending: false, sequence: 1 });
});

test("[turns.bids] of several agents the one addressed speaks, then the one who spoke last", async () => {
  const { path } = await begin([{ name: "Ada" }, { name: "Bob" }]);
  await say(path, "Hello, @Bob, how are you?");
  expect((await replyTo(path, 1)).author.name).toBe("Bob");
  await say(path, "And you?");
  expect((await replyTo(path, 3)).author.name).toBe("Bob");
  await say(path, "@Ada and @Bob, both of you");
  const { body } = await until(async () => {
    const page = await backend.owner.get(`${path}/messages?order=asc`);
    return page.body.items.filter((one: any) => one.replyTo === 5).length === 2 ? page : undefined;
  });
  const speakers = body.items.filter((one: any) => one.replyTo === 5).map((one: any) => one.author.name);
  expect(speakers.toSorted()).toEqual(["Ada", "Bob"]);
});

test("[turns.failure] a model that fails is a failed message, and retrying appends a new reply", async () => {
  const { path } = await begin([{ name: "Unlucky" }]);
  await say(path, "fail with model_overloaded");
  const failed = await replyTo(path, 1);
  expect(failed).toMatchObject({ status: "failed", error: { code: "model_overloaded" } });
  expect(failed.error.message.length).toBeGreaterThan(20);
  const retried = await backend.owner.post(`${path}/messages/${failed.sequence}/retry`);
  expect(retried).toMatchObject({ status: 202, body: { turn: 1 } });
  const again = await until(async () => {
    const { body } = await backend.owner.get(`${path}/messages/3`);
    return body.status === "failed" ? body : undefined;
  });
  expect(again).toMatchObject({ sequence: 3, replyTo: 1, status: "failed" });
});

test("[turns.failure] a complete reply cannot be retried", async () => {
  const { path } = await begin([{ name: "Fine" }]);
  await say(path, "Hi");
  const reply = await replyTo(path, 1);
  const refused = await backend.owner.post(`${path}/messages/${reply.sequence}/retry`);
  expect(refused.status).toBe(400);
  expect(refused.body.detail).toMatch(/complete/);
});

test("[turns.cancel] cancelling keeps what had arrived", async () => {
  const { path } = await begin([{ name: "Counter" }]);
  await say(path, "count to 5000");
  await until(async () => ((await backend.owner.get(path)).body.activeTurn === 1 ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const cancelled = await backend.owner.post(`${path}/cancel`);
  expect(cancelled).toMatchObject({ status: 202, body: { cancelled: true } });
  const reply = await replyTo(path, 1);
  expect(reply.status).toBe("cancelled");
  expect(reply.text).toContain("1");
  expect(reply.text).not.toContain("5000");
  expect((await backend.owner.post(`${path}/cancel`)).body).toEqual({ cancelled: false });
});

test("[turns.order] messages sent during a reply are answered one after another, each once", async () => {
  const { path } = await begin([{ name: "Patient" }]);
  for (const text of ["one", "two", "three"]) expect((await say(path, text)).status).toBe(201);
  const items = await until(async () => {
    const { body } = await backend.owner.get(`${path}/messages?order=asc`);
    const waiting = body.items.some((one: any) => one.pending);
    return body.items.length === 6 && !waiting ? (body.items as any[]) : undefined;
  });
  const asked = items.filter((one) => one.author.kind === "user").map((one) => one.sequence);
  const answered = items.filter((one) => one.author.kind === "agent").map((one) => one.replyTo);
  expect(answered).toEqual(asked);
});

test("[turns.limits] too many replies under way are refused before the message is stored", async () => {
  const { path } = await begin([{ name: "Busy" }]);
  const statuses: number[] = [];
  for (let i = 0; i < 18; i++) statuses.push((await say(path, "count to 2000")).status);
  expect(statuses.slice(0, 16).every((status) => status === 201)).toBe(true);
  expect(statuses.slice(16)).toEqual([429, 429]);
  const refused = await say(path, "one more");
  expect(refused.body).toMatchObject({ code: "too_many_turns" });
  const { body } = await backend.owner.get(`${path}/messages?limit=200`);
  expect(body.items.filter((one: any) => one.author.kind === "user")).toHaveLength(16);
  expect((await backend.owner.request("DELETE", path)).status).toBe(204);
});

test("[messages.sequence] sixty messages at once are numbered 1 to 60", async () => {
  const { path } = await begin();
  const sent = await Promise.all(Array.from({ length: 60 }, (_, i) => say(path, `message ${i}`)));
  const sequences = sent.map(({ body }) => body.sequence).toSorted((a, b) => a - b);
  expect(sequences).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test("[messages.paging] pages go forth and back while others write", async () => {
  const { path } = await begin();
  for (let i = 1; i <= 25; i++) await say(path, `message ${i}`);
  const first = (await backend.owner.get(`${path}/messages?limit=10`)).body;
  expect(first.items.map((one: any) => one.sequence)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16]);
  expect(first.previous).toBeNull();
  await say(path, "a late one");
  const second = (await backend.owner.get(`${path}/messages?limit=10&cursor=${first.next}`)).body;
  expect(second.items[0].sequence).toBe(15);
  const third = (await backend.owner.get(`${path}/messages?limit=10&cursor=${second.next}`)).body;
  expect(third.items.map((one: any) => one.sequence)).toEqual([5, 4, 3, 2, 1]);
  expect(third.next).toBeNull();
  const back = (await backend.owner.get(`${path}/messages?limit=10&cursor=${third.previous}`)).body;
  expect(back.items).toEqual(second.items);
  const oldest = (await backend.owner.get(`${path}/messages?limit=3&order=asc`)).body;
  expect(oldest.items.map((one: any) => one.sequence)).toEqual([1, 2, 3]);
  const mixed = await backend.owner.get(`${path}/messages?order=asc&cursor=${first.next}`);
  expect(mixed).toMatchObject({ status: 400, body: { code: "invalid_cursor" } });
});

test("[messages.search] words are found whatever their case and accents, with highlights", async () => {
  const { path, id } = await begin();
  await say(path, "The Café by the river serves crème brûlée.");
  await say(path, "Nothing to see here");
  await say(path, "日本語の文章も検索できます");
  const { body } = await backend.owner.get(`${api}/messages/search?q=${encodeURIComponent("cafe BRULEE")}`);
  expect(body.items).toHaveLength(1);
  const [found] = body.items;
  expect(found.conversationId).toBe(id);
  const { text, highlights } = found.snippet;
  expect(highlights.map(([from, to]: [number, number]) => text.slice(from, to))).toEqual(["Café", "brûlée"]);
  const japanese = await backend.owner.get(
    `${api}/messages/search?q=${encodeURIComponent("検索")}&conversationId=${id}`,
  );
  expect(japanese.body.items).toHaveLength(1);
  const both = await backend.owner.get(`${api}/messages/search?q=cafe+nothing`);
  expect(both.body.items).toEqual([]);
  expect((await backend.owner.get(`${api}/messages/search?q=%21%21`)).status).toBe(400);
});

test("[messages.search] what was said last is found first, whichever conversation began first", async () => {
  const [older, younger] = [await begin(), await begin()];
  for (const { path } of [younger, older, younger, older]) await say(path, "axolotl");
  const { body } = await backend.owner.get(`${api}/messages/search?q=axolotl`);
  const found = body.items.map(({ conversationId, message }: any) => [conversationId, message.sequence]);
  expect(found).toEqual([
    [older.id, 2],
    [younger.id, 2],
    [older.id, 1],
    [younger.id, 1],
  ]);
});

test("[conversations.participants] users and agents come and go", async () => {
  const guest = await backend.join("Grace");
  const { path, agentIds } = await begin([{ name: "Helper" }], [guest.userId]);
  expect((await guest.get(path)).body.participants).toHaveLength(3);
  expect((await guest.get(`${api}/notifications`)).body).toMatchObject({ unread: 1 });
  expect((await guest.request("DELETE", path)).status).toBe(409);
  const hers = await guest.post(`${path}/messages`, { text: "Hello from Grace" });
  expect(hers.body.author).toMatchObject({ name: "Grace", id: guest.userId });
  expect((await guest.request("DELETE", `${path}/participants/${agentIds[0]}`)).status).toBe(204);
  expect((await guest.request("DELETE", `${path}/participants/${guest.userId}`)).status).toBe(204);
  expect((await guest.get(path)).status).toBe(404);
  const added = await backend.owner.request("PUT", `${path}/participants/${agentIds[0]}`);
  expect(added.body.participants.map((one: any) => one.name)).toContain("Helper");
  expect((await backend.owner.request("PUT", `${path}/participants/usr_unknown`)).status).toBe(400);
});

test("[conversations.delete] once who began it has left, another may delete it; with its last user it goes", async () => {
  const guest = await backend.join("Heir");
  const { body: me } = await backend.owner.get(`${api}/me`);
  const first = await begin([], [guest.userId]);
  await say(first.path, "quetzal");
  expect((await guest.request("DELETE", first.path)).status).toBe(409);
  expect((await backend.owner.request("DELETE", `${first.path}/participants/${me.id}`)).status).toBe(204);
  expect((await guest.get(first.path)).status).toBe(200);
  expect((await guest.request("DELETE", first.path)).status).toBe(204);
  expect((await guest.get(first.path)).status).toBe(404);

  const second = await begin([{ name: "Left alone" }], [guest.userId]);
  await say(second.path, "quokka");
  expect((await backend.owner.request("DELETE", `${second.path}/participants/${me.id}`)).status).toBe(204);
  expect((await guest.get(`${api}/messages/search?q=quokka`)).body.items).toHaveLength(1);
  expect((await guest.request("DELETE", `${second.path}/participants/${guest.userId}`)).status).toBe(204);
  await backend.owner.request("PUT", `${second.path}/participants/${me.id}`);
  expect((await backend.owner.get(second.path)).status).toBe(404);
  expect((await guest.get(`${api}/messages/search?q=quokka`)).body.items).toEqual([]);
});

test("[conversations.delete] a deleted conversation is gone, with its reply under way and from search", async () => {
  const { path, id } = await begin([{ name: "Doomed" }]);
  await say(path, "count to 5000 xylophone");
  await until(async () => ((await backend.owner.get(path)).body.activeTurn === 1 ? true : undefined));
  expect((await backend.owner.request("DELETE", path)).status).toBe(204);
  expect((await backend.owner.get(path)).status).toBe(404);
  expect((await backend.owner.get(`${path}/messages`)).status).toBe(404);
  expect((await backend.owner.get(`${api}/messages/search?q=xylophone`)).body.items).toEqual([]);
  const { body } = await backend.owner.get(`${api}/conversations?limit=200`);
  expect(body.items.map((one: any) => one.id)).not.toContain(id);
});
