import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
import { type Answer, type Backend, type Client, until } from "../../../server/test/support/backend.ts";

const api = "/api/v1";
const { paths } = JSON.parse(readFileSync(new URL("../../../../spec/openapi.json", import.meta.url), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
};

/** Every operation of the server that people can ask for, by its id. */
export const operations: readonly string[] = Object.values(paths).flatMap((methods) =>
  Object.values(methods).map(({ operationId }) => operationId),
);

function operationOf(method: string, path: string): string | undefined {
  const asked = path.split("?")[0] ?? "";
  const found = Object.entries(paths).find(([pattern, methods]) => {
    const matches = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(asked);
    return matches && method.toLowerCase() in methods;
  });
  return found?.[1][method.toLowerCase()]?.operationId;
}

function bytes(mib: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.alloc(mib * 1024 * 1024, "0123456789abcdef"));
}

type Ask = (method: string, path: string, body?: unknown, status?: number) => Promise<any>;

/**
 * Asks a server for everything that it does, one operation after the other.
 * @returns which operations answered as they should.
 */
export async function useEverything(backend: Backend): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  const asking =
    (client: Client): Ask =>
    async (method, path, body, status) => {
      const answer = await client.request(method, path, body);
      expectStatus(method, path, answer, status);
      const operation = operationOf(method, path);
      if (operation !== undefined) done.add(operation);
      return answer.body;
    };
  const owner = asking(backend.owner);
  const nobody = asking(backend.nobody);
  await nobody("GET", "/health/ready");
  await nobody("GET", "/.well-known/jwks.json");
  await nobody("GET", "/auth/page.css");
  const me = await owner("GET", `${api}/me`);
  await accounts(backend, owner);
  await agents(owner, me.defaultOrganizationId);
  await people(backend, owner, nobody, me.defaultOrganizationId, asking);
  await talk(backend, owner, done);
  await openAndClose(backend, owner, asking);
  // Signed addresses are of a store of files on disk; the bucket signs its own.
  for (const method of ["GET", "PUT"]) {
    await backend.nobody.request(method, `${api}/blobs`);
    done.add(operationOf(method, `${api}/blobs`) ?? "");
  }
  return done;
}

function expectStatus(method: string, path: string, { status, body }: Answer, wanted: number | undefined): void {
  if (wanted === undefined ? status < 400 : status === wanted) return;
  throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
}

async function accounts(backend: Backend, owner: Ask): Promise<void> {
  await owner("PATCH", `${api}/me`, { name: "Owner" });
  await owner("PUT", `${api}/me/settings/theme`, { value: "dark" });
  await owner("GET", `${api}/me/settings`);
  await owner("DELETE", `${api}/me/settings/theme`);
  const key = await owner("POST", `${api}/keys`, { name: "one", scopes: ["agents:read"] });
  await owner("GET", `${api}/keys`);
  for (const _again of [1, 2]) {
    // The answer holds the key, and is kept sealed.
    const body = { name: "twice", scopes: ["agents:read"] };
    const { status } = await backend.owner.post(`${api}/keys`, body, { "idempotency-key": "scenario" });
    if (status !== 201) throw new Error(`a key asked for twice answered ${status}`);
  }
  await owner("DELETE", `${api}/keys/${key.id}`);
}

async function agents(owner: Ask, organizationId: string): Promise<void> {
  const skill = await owner("POST", `${api}/skills`, { name: "skill", content: "Be brief." });
  await owner("GET", `${api}/skills?organizationId=${organizationId}`);
  await owner("GET", `${api}/skills/${skill.id}`);
  await owner("PATCH", `${api}/skills/${skill.id}`, { content: "Be brief, be kind." });
  const agent = await owner("POST", `${api}/agents`, { name: "second", skillIds: [skill.id] });
  await owner("GET", `${api}/agents?limit=1`);
  await owner("GET", `${api}/agents/${agent.id}`);
  await owner("PATCH", `${api}/agents/${agent.id}`, { description: "Is seldom asked", skillIds: [] });
  await owner("DELETE", `${api}/agents/${agent.id}`);
  await owner("DELETE", `${api}/skills/${skill.id}`);
  await owner("GET", `${api}/models`);
  await owner("GET", `${api}/tools`);
}

async function people(
  backend: Backend,
  owner: Ask,
  nobody: Ask,
  home: string,
  asking: (client: Client) => Ask,
): Promise<void> {
  const other = await owner("POST", `${api}/organizations`, { name: "Other" });
  await owner("GET", `${api}/organizations`);
  await owner("GET", `${api}/organizations/${other.id}`);
  await owner("PATCH", `${api}/organizations/${other.id}`, { name: "Another" });
  await owner("DELETE", `${api}/organizations/${other.id}`);
  const invitations = `${api}/organizations/${home}/invitations`;
  const invitation = await owner("POST", invitations, { role: "member" });
  await owner("GET", invitations);
  await nobody("GET", `${api}/invitations/${invitation.code}`);
  await owner("DELETE", `${invitations}/${invitation.id}`);
  const second = await owner("POST", invitations, { role: "member" });
  const joined = await backend.join("Guest");
  await nobody("POST", `${api}/invitations/${second.code}/accept`, { name: "Third" });
  const guest = asking(joined);
  const conversation = await owner("POST", `${api}/conversations`, { title: "Both" });
  await owner("PUT", `${api}/conversations/${conversation.id}/participants/${joined.userId}`);
  const { items } = await until(async () => {
    const page = await guest("GET", `${api}/notifications`);
    return page.items.length > 0 ? page : undefined;
  });
  await guest("PATCH", `${api}/notifications/${items[0].id}`, { read: true });
  await guest("POST", `${api}/notifications/read-all`);
  await owner("DELETE", `${api}/conversations/${conversation.id}/participants/${joined.userId}`);
  await owner("GET", `${api}/organizations/${home}/members`);
  await owner("PATCH", `${api}/organizations/${home}/members/${joined.userId}`, { role: "admin" });
  await owner("DELETE", `${api}/organizations/${home}/members/${joined.userId}`);
  await owner("GET", `${api}/organizations/${home}/audit-events`);
}

async function talk(backend: Backend, owner: Ask, done: Set<string>): Promise<void> {
  const agent = (await owner("GET", `${api}/agents`)).items[0];
  const { id } = await owner("POST", `${api}/conversations`, { title: "Talk", agentIds: [agent.id] });
  const path = `${api}/conversations/${id}`;
  await owner("GET", `${api}/conversations`);
  await owner("GET", path);
  await owner("PATCH", path, { title: "Talked" });
  await attach(backend, owner, path, done);
  const posted = await owner("POST", `${path}/messages`, { text: "What is a quokka?" });
  const replies = () =>
    until(async () => {
      const all = (await owner("GET", `${path}/messages?order=asc`)).items as any[];
      return all.find(({ replyTo, status }) => replyTo === posted.sequence && status === "complete");
    });
  const reply = await replies();
  await owner("GET", `${path}/messages/${reply.sequence}`);
  await backend.owner.post(`${path}/cancel`);
  done.add("cancelTurn");
  await backend.owner.post(`${path}/messages/${posted.sequence}/retry`);
  done.add("retryMessage");
  await until(async () => {
    const found = await owner("GET", `${api}/messages/search?q=quokka`);
    return found.items.length > 0 ? found : undefined;
  });
  await replies();
  const kept = await owner("POST", `${api}/conversations`, { title: "Kept" });
  for (const text of ["one", "two", "three", "four", "five", "six"]) {
    await owner("POST", `${api}/conversations/${kept.id}/messages`, { text });
  }
  await listen(backend, path, done);
  await owner("DELETE", path);
}

/** Files of one request, of several parts, and one that is given up half way. */
async function attach(backend: Backend, owner: Ask, path: string, done: Set<string>): Promise<void> {
  const upload = async (mib: number): Promise<string> => {
    const response = await fetch(`${backend.url}${path}/attachments?name=a.bin`, {
      method: "POST",
      headers: { ...backend.owner.headers, "content-type": "application/octet-stream" },
      body: bytes(mib),
    });
    if (!response.ok) throw new Error(`an upload of ${mib} MiB answered ${response.status}`);
    return ((await response.json()) as { id: string }).id;
  };
  const small = await upload(1);
  const large = await upload(18);
  done.add("uploadAttachment");
  await halfAnUpload(backend, path);
  await owner("GET", `${path}/attachments/${small}`);
  const range = { ...backend.owner.headers, range: "bytes=0-9" };
  await (await fetch(`${backend.url}${path}/attachments/${large}`, { headers: range })).arrayBuffer();
  await owner("DELETE", `${path}/attachments/${small}`);
  await owner("POST", `${path}/messages`, { text: "See this", attachmentIds: [large] });
}

/** Sent in parts, and in the end it is not what its digest says. */
async function halfAnUpload(backend: Backend, path: string): Promise<void> {
  const response = await fetch(`${backend.url}${path}/attachments?name=half.bin`, {
    method: "POST",
    headers: {
      ...backend.owner.headers,
      "content-type": "application/octet-stream",
      "content-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:`,
    },
    body: bytes(20),
  });
  if (response.status !== 400) throw new Error(`what is not as its digest says answered ${response.status}`);
}

async function listen(backend: Backend, path: string, done: Set<string>): Promise<void> {
  const stop = new AbortController();
  const response = await fetch(`${backend.url}${path}/events`, { headers: backend.owner.headers, signal: stop.signal });
  if (!response.ok) throw new Error(`events answered ${response.status}`);
  stop.abort();
  done.add("streamEvents");
}

async function openAndClose(backend: Backend, owner: Ask, asking: (client: Client) => Ask): Promise<void> {
  const ticket = await owner("POST", `${api}/socket-tickets`);
  const socket = new WebSocket(ticket.url.replace(/^http/, "ws"));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.terminate();
  const link = await owner("POST", `${api}/me/sign-in-links`);
  const path = new URL(link.url).pathname + new URL(link.url).search;
  const opened = await backend.nobody.request("GET", path);
  const cookie = (opened.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
  await asking(backend.nobody)("GET", path, undefined, 410).catch(() => undefined);
  const again = asking(backend.client({ cookie, "sec-fetch-site": "same-origin" }));
  const sessions = await again("GET", `${api}/me/sessions`);
  const other = sessions.items.find(({ current }: { current?: boolean }) => current !== true);
  await again("POST", "/auth/sign-out");
  await owner("DELETE", `${api}/me/sessions/${other?.id ?? sessions.items[0].id}`).catch(() => undefined);
}
