import { openBlobs } from "@aloft/adapters/blobs/index";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { rename } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, type Client, startBackend, until } from "./support/backend.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend[Symbol.asyncDispose]());

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function begin(client: Client = backend.owner, userIds: readonly string[] = []): Promise<string> {
  const { body } = await client.post("/api/v1/conversations", { userIds });
  return `/api/v1/conversations/${body.id}`;
}

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

async function upload(
  conversation: string,
  name: string,
  bytes: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
  client: Client = backend.owner,
): Promise<Sent> {
  const response = await fetch(`${backend.url}${conversation}/attachments?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { ...client.headers, "content-type": "application/octet-stream", ...headers },
    body: typeof bytes === "string" ? bytes : new Uint8Array(bytes),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function download(path: string, headers: Readonly<Record<string, string>> = {}, client: Client = backend.owner) {
  return fetch(backend.url + path, { headers: { ...client.headers, ...headers } });
}

/** Every blob on the disk, by the end of its path. */
function blobFiles(): string[] {
  const names = readdirSync(join(backend.dataDir, "blobs"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith("#b"));
}

test("[attachments.send] a file is uploaded, sent with a message, and read by who takes part", async () => {
  const bob = await backend.join("Bob");
  const conversation = await begin(backend.owner, [bob.userId]);
  const sent = await upload(conversation, "Grüße – plan.png", png, { "content-type": "image/png" });
  expect(sent.status).toBe(201);
  const { id } = sent.body;
  expect(sent.body).toMatchObject({ name: "Grüße – plan.png", contentType: "image/png", sizeBytes: png.length });
  expect(sent.body.sha256).toBe(createHash("sha256").update(png).digest("hex"));
  expect(sent.headers.get("location")).toBe(`${conversation}/attachments/${id}`);
  expect(sent.body.expiresAt).toMatch(/^20/);
  const hidden = await download(`${conversation}/attachments/${id}`, {}, bob);
  expect(hidden.status).toBe(404);
  const posted = await backend.owner.post(`${conversation}/messages`, { text: "", attachmentIds: [id] });
  expect(posted.status).toBe(201);
  const attached = [{ id, name: "Grüße – plan.png", contentType: "image/png", sizeBytes: png.length }];
  expect(posted.body.attachments).toEqual(attached);
  expect((await bob.get(`${conversation}/messages/${posted.body.sequence}`)).body.attachments).toEqual(attached);
  const seen = await download(`${conversation}/attachments/${id}`, {}, bob);
  expect(Buffer.from(await seen.arrayBuffer()).equals(png)).toBe(true);
});

test("[attachments.range] ranges, conditions and HEAD are answered as HTTP says", async () => {
  const conversation = await begin();
  const { body } = await upload(conversation, "digits.txt", "0123456789", { "content-type": "text/plain" });
  const path = `${conversation}/attachments/${body.id}`;
  const whole = await download(path);
  const etag = whole.headers.get("etag") ?? "";
  expect({ status: whole.status, text: await whole.text(), etag }).toEqual({
    status: 200,
    text: "0123456789",
    etag: `"${body.sha256}"`,
  });
  expect(whole.headers.get("content-length")).toBe("10");
  const part = await download(path, { range: "bytes=2-4" });
  expect({ status: part.status, text: await part.text() }).toEqual({ status: 206, text: "234" });
  expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
  const last = await download(path, { range: "bytes=-3" });
  expect(await last.text()).toBe("789");
  const beyond = await download(path, { range: "bytes=10-" });
  expect({ status: beyond.status, range: beyond.headers.get("content-range") }).toEqual({
    status: 416,
    range: "bytes */10",
  });
  expect(await beyond.json()).toMatchObject({ code: "range_not_satisfiable" });
  expect(await (await download(path, { range: "bytes=0-1, 4-5" })).text()).toBe("0123456789");
  expect(await (await download(path, { range: "bytes=2-4", "if-range": '"other"' })).text()).toBe("0123456789");
  expect(await (await download(path, { range: "bytes=2-4", "if-range": etag })).text()).toBe("234");
  const known = await download(path, { "if-none-match": etag });
  expect({ status: known.status, text: await known.text() }).toEqual({ status: 304, text: "" });
  const head = await fetch(backend.url + path, { method: "HEAD", headers: backend.owner.headers });
  expect({ status: head.status, length: head.headers.get("content-length") }).toEqual({ status: 200, length: "10" });
});

test("[attachments.inert] nothing that is attached runs in a browser, whatever it is called", async () => {
  const conversation = await begin();
  const script = "<script>fetch('/api/v1/me')</script>";
  const cases: readonly [name: string, bytes: string | Uint8Array, claimed: string, stored: string, served: string][] =
    [
      ["page.html", `<!doctype html>${script}`, "text/html", "text/html", "application/octet-stream"],
      [
        "image.svg",
        `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`,
        "image/svg+xml",
        "image/svg+xml",
        "application/octet-stream",
      ],
      ["feed.xml", `<?xml version="1.0"?><a/>`, "application/xml", "application/xml", "application/octet-stream"],
      ["code.js", "alert(1)", "text/javascript", "text/javascript", "application/octet-stream"],
      ["fake.png", `<html>${script}`, "image/png", "text/plain", "text/plain; charset=utf-8"],
      ["fake.html", png, "text/html", "image/png", "image/png"],
      ["doc.pdf", "%PDF-1.7 x", "text/html", "application/pdf", "application/pdf"],
      ["table.csv", "a,b\n1,2\n", "text/csv", "text/csv", "text/csv; charset=utf-8"],
      [
        "sheet.xlsx",
        "PK\u0003\u0004rest",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/octet-stream",
      ],
    ];
  for (const [name, bytes, claimed, stored, served] of cases) {
    const { body } = await upload(conversation, name, bytes, { "content-type": claimed });
    expect([name, body.contentType]).toEqual([name, stored]);
    const answer = await download(`${conversation}/attachments/${body.id}`);
    expect([name, answer.headers.get("content-type")]).toEqual([name, served]);
    const kind = served === "image/png" ? "inline" : "attachment";
    expect(answer.headers.get("content-disposition")).toBe(`${kind}; filename="${name}"; filename*=UTF-8''${name}`);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'; frame-ancestors 'none'");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(answer.headers.get("cache-control")).toBe("private, no-cache");
  }
});

test("[attachments.kinds] programs and bytes of no known kind are refused, and nothing is kept of them", async () => {
  const conversation = await begin();
  const before = blobFiles().length;
  const refused = [
    Buffer.from("MZ\x90\x00\x03\x00\x00\x00", "latin1"),
    Buffer.from("\x7FELF\x02\x01\x01\x00", "latin1"),
    Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]),
    Buffer.from([1, 2, 3, 4, 0xff, 0xfe]),
  ];
  for (const bytes of refused) {
    const { status, body } = await upload(conversation, "a.png", bytes, { "content-type": "image/png" });
    expect({ status, code: body.code }).toEqual({ status: 415, code: "unsupported_media_type" });
    expect(body.detail).toMatch(/Attach text, an image, PDF/);
  }
  expect(blobFiles()).toHaveLength(before);
});

test("[attachments.limits] too large, empty, misnamed and encoded uploads are refused, and leave nothing", async () => {
  const conversation = await begin();
  const before = blobFiles().length;
  const over = Buffer.alloc(25_000_001, "x");
  const told = await upload(conversation, "big.txt", over);
  expect(told).toMatchObject({ status: 413, body: { code: "too_large", detail: "A file may have 25 MB at most." } });
  const streamed = await fetch(`${backend.url}${conversation}/attachments?name=big.txt`, {
    method: "POST",
    headers: backend.owner.headers,
    body: Readable.toWeb(Readable.from([over.subarray(0, 20_000_000), over.subarray(0, 20_000_000)])) as ReadableStream,
    duplex: "half",
  } as RequestInit);
  expect(streamed.status).toBe(413);
  expect((await upload(conversation, "empty.txt", "")).body).toMatchObject({ status: 400, errors: [{ path: "body" }] });
  for (const name of ["", "../a", "a/b", "a\\b", "a\nb", "gnp.\u202Eexe", "x".repeat(201)]) {
    expect([name, (await upload(conversation, name, "x")).body.errors]).toMatchObject([name, [{ path: "query.name" }]]);
  }
  expect((await upload(conversation, "a.gz", "x", { "content-encoding": "gzip" })).status).toBe(415);
  const other = `sha-256=:${createHash("sha256").update("other").digest("base64")}:`;
  expect((await upload(conversation, "a.txt", "this", { "content-digest": other })).status).toBe(400);
  expect((await upload(conversation, "a.txt", "this", { "content-digest": "sha-256=abc" })).status).toBe(400);
  const right = `sha-256=:${createHash("sha256").update("this").digest("base64")}:`;
  expect((await upload(conversation, "a.txt", "this", { "content-digest": right })).status).toBe(201);
  expect(blobFiles()).toHaveLength(before + 1);
});

test("[attachments.kinds] a large file is refused to a client that sends all of it first, whose connection serves on", async () => {
  const conversation = await begin();
  const { hostname, port } = new URL(backend.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (body: Buffer) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...backend.owner.headers, "content-length": body.length, "content-type": "image/png" };
      const path = `${conversation}/attachments?name=a.png`;
      const sending = httpRequest({ agent, hostname, port, path, method: "POST", headers }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      sending.on("error", reject);
      // It reads nothing before everything is sent.
      sending.on("socket", (socket) => void socket.pause());
      sending.end(body, () => sending.socket?.resume());
    });
  const program = Buffer.concat([Buffer.from("MZ\x90\0", "latin1"), Buffer.alloc(20_000_000)]);
  expect(await post(program)).toBe(415);
  expect(await post(png)).toBe(201);
  agent.destroy();
});

test("[attachments.large] an upload over the limit of JSON bodies is streamed through, byte for byte", async () => {
  const conversation = await begin();
  const bytes = Buffer.concat([png, Buffer.alloc(12_000_000, "0123456789abcdef")]);
  const { body } = await upload(conversation, "large.png", bytes, { "content-type": "image/png" });
  const answer = await download(`${conversation}/attachments/${body.id}`);
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
});

test("[attachments.broken-off] an upload that breaks off leaves neither a file nor an attachment", async () => {
  const conversation = await begin();
  const before = blobFiles().length;
  const { hostname, port } = new URL(backend.url);
  await new Promise<void>((resolve) => {
    const headers = { ...backend.owner.headers, "content-length": "1000000", "content-type": "text/plain" };
    const path = `${conversation}/attachments?name=cut.txt`;
    const sending = httpRequest({ hostname, port, path, method: "POST", headers });
    sending.on("error", () => resolve());
    sending.write("x".repeat(200_000));
    setTimeout(() => sending.destroy(new Error("gone")), 200);
  });
  await until(() => (readdirSync(join(backend.dataDir, "blobs", "drafts")).length === 0 ? true : undefined));
  expect(blobFiles()).toHaveLength(before);
  expect(backend.log()).not.toMatch(/"level":50/);
});

test("[attachments.take-up] only what you uploaded here, once, and ten at most, goes with a message", async () => {
  const bob = await backend.join("Bill");
  const conversation = await begin(backend.owner, [bob.userId]);
  const elsewhere = await begin();
  const mine = (await upload(conversation, "a.txt", "a")).body.id;
  const his = (await upload(conversation, "b.txt", "b", {}, bob)).body.id;
  const other = (await upload(elsewhere, "c.txt", "c")).body.id;
  const post = (attachmentIds: readonly string[]) =>
    backend.owner.post(`${conversation}/messages`, { text: "x", attachmentIds });
  for (const ids of [[his], [other], ["att_none"], [mine, his]]) {
    const { status, body } = await post(ids);
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: "body.attachmentIds" });
  }
  const many = await Promise.all(Array.from({ length: 11 }, () => upload(conversation, "m.txt", "m")));
  const ids = many.map(({ body }) => body.id);
  expect((await post(ids)).status).toBe(400);
  expect((await post(ids.slice(0, 10))).body.attachments).toHaveLength(10);
  const racers = await Promise.all(Array.from({ length: 6 }, () => post([mine])));
  expect(racers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect((await post([mine])).body.detail).toMatch(/part of a message already/);
  expect((await backend.owner.post(`${conversation}/messages`, { text: " " })).status).toBe(400);
});

test("[attachments.delete] who uploaded a file removes it until it is sent; nobody else, and not after", async () => {
  const bob = await backend.join("Ben");
  const conversation = await begin(backend.owner, [bob.userId]);
  const before = blobFiles().length;
  const { id } = (await upload(conversation, "a.txt", "a")).body;
  const path = `${conversation}/attachments/${id}`;
  expect((await bob.request("DELETE", path)).status).toBe(404);
  expect((await backend.owner.request("DELETE", path)).status).toBe(204);
  expect((await backend.owner.request("DELETE", path)).status).toBe(404);
  expect(blobFiles()).toHaveLength(before);
  const sent = (await upload(conversation, "b.txt", "b")).body.id;
  await backend.owner.post(`${conversation}/messages`, { text: "x", attachmentIds: [sent] });
  const late = await backend.owner.request("DELETE", `${conversation}/attachments/${sent}`);
  expect(late).toMatchObject({ status: 409, body: { detail: "It is part of a message, and stays with it." } });
});

test("[attachments.tenancy] who takes no part neither uploads, reads nor learns of a file; a part ends with leaving", async () => {
  const [stranger, member] = [await backend.join("Sam"), await backend.join("Max")];
  const conversation = await begin(backend.owner, [member.userId]);
  const { id } = (await upload(conversation, "a.txt", "secret")).body;
  await backend.owner.post(`${conversation}/messages`, { text: "x", attachmentIds: [id] });
  const path = `${conversation}/attachments/${id}`;
  expect((await upload(conversation, "b.txt", "b", {}, stranger)).status).toBe(404);
  expect((await download(path, {}, stranger)).status).toBe(404);
  expect((await stranger.request("DELETE", path)).status).toBe(404);
  expect((await download(path, {}, backend.nobody)).status).toBe(401);
  const own = await begin(stranger);
  expect((await download(`${own}/attachments/${id}`, {}, stranger)).status).toBe(404);
  expect((await stranger.post(`${own}/messages`, { text: "x", attachmentIds: [id] })).status).toBe(400);
  expect((await download(path, {}, member)).status).toBe(200);
  await backend.owner.request("DELETE", `${conversation}/participants/${member.userId}`);
  expect((await download(path, {}, member)).status).toBe(404);
  const cross = await fetch(`${backend.url}${conversation}/attachments?name=x.txt`, {
    method: "POST",
    headers: {
      cookie: backend.owner.headers["cookie"] ?? "",
      "sec-fetch-site": "cross-site",
      "content-type": "text/plain",
    },
    body: "x",
  });
  expect({ status: cross.status, code: (await cross.json()).code }).toEqual({
    status: 403,
    code: "cross_site_request",
  });
});

test("[attachments.idempotent] the same key and headers upload once; another file under the key is refused", async () => {
  const conversation = await begin();
  const before = blobFiles().length;
  const key = { "idempotency-key": "upload-1" };
  const first = await upload(conversation, "a.txt", "once", key);
  const again = await upload(conversation, "a.txt", "once", key);
  expect(again).toMatchObject({ status: 201, body: first.body });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect((await upload(conversation, "a.txt", "another length", key)).status).toBe(422);
  const racers = await Promise.all(
    Array.from({ length: 5 }, () => upload(conversation, "r.txt", "r", { "idempotency-key": "r" })),
  );
  expect(new Set(racers.map(({ body }) => body.id)).size).toBe(1);
  expect(blobFiles()).toHaveLength(before + 2);
});

test("[attachments.deleted-with] a deleted conversation takes its files with it, sent or not", async () => {
  const conversation = await begin();
  const before = blobFiles().length;
  const { id } = (await upload(conversation, "a.txt", "a")).body;
  await upload(conversation, "unsent.txt", "b");
  await backend.owner.post(`${conversation}/messages`, { text: "x", attachmentIds: [id] });
  expect(blobFiles()).toHaveLength(before + 2);
  expect((await backend.owner.request("DELETE", conversation)).status).toBe(204);
  expect(blobFiles()).toHaveLength(before);
});

test("[attachments.ready] a server whose files cannot be reached is not ready", async () => {
  const ready = () => backend.nobody.get("/health/ready");
  expect((await ready()).body.checks).toMatchObject({ blobs: "ok" });
  const drafts = join(backend.dataDir, "blobs", "drafts");
  await rename(drafts, `${drafts}.away`);
  const without = await ready();
  await rename(`${drafts}.away`, drafts);
  expect([without.status, without.body.checks.blobs]).toEqual([503, "failed"]);
  expect((await ready()).status).toBe(200);
});

test("[blobs.filesystem.served] the server answers the URLs that its file system signed, and no others", async () => {
  const authSecret = randomBytes(32).toString("base64url");
  await using other = await startBackend({ env: { AUTH_SECRET: authSecret } });
  const signingSecret = createHmac("sha256", authSecret).update("aloft blob urls").digest("hex");
  const folder = join(other.dataDir, "blobs");
  await using blobs = await openBlobs({
    type: "filesystem",
    folder,
    signingSecret,
    baseUrl: `${other.url}/api/v1/blobs`,
  });
  const options = { expiresInSeconds: 60, contentType: "text/html", sizeBytes: 5 };
  const uploading = await blobs.signUpload("in/page", options);
  const headers = { "content-type": "text/html" };
  expect((await fetch(uploading.url, { method: "PUT", headers, body: "hello!" })).status).toBe(403);
  expect((await fetch(uploading.url, { method: "PUT", headers, body: "hello" })).status).toBe(200);
  const { url } = await blobs.signDownload("in/page", { expiresInSeconds: 60 });
  const answer = await fetch(url, { headers: { range: "bytes=1-3" } });
  expect([answer.status, await answer.text()]).toEqual([206, "ell"]);
  expect(answer.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await fetch(url.replace("signature=", "signature=x"))).status).toBe(403);
  expect((await fetch(`${other.url}/api/v1/blobs`)).status).toBe(403);
});
