import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "./routes.ts";
import { type Headers, type Shell, startShell } from "./shell.ts";

let shell: Shell;
beforeAll(async () => {
  shell = await startShell(routes, {
    limits: { bodyBytes: 2000 },
    app: { timeouts: { requestMs: 300, checkEveryMs: 50 } },
  });
});
afterAll(() => shell[Symbol.asyncDispose]());

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly detail?: RegExp;
}

async function expectProblem(sent: Awaited<ReturnType<Shell["send"]>>, { status, code, detail = /./ }: Expected) {
  const body = sent.json();
  expect({ status: sent.statusCode, code: body.code }).toEqual({ status, code });
  expect(sent.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(body).toMatchObject({
    type: `/problems/${code}`,
    status,
    title: expect.any(String),
    requestId: sent.headers["x-request-id"],
  });
  expect(body.detail).toMatch(detail);
  return body;
}

const root = "/api/v1/organizations";

describe("addresses", () => {
  test("[api.input.route] an unknown address is named in the answer", async () => {
    const sent = await shell.send("GET", "/api/v1/agnets?token=secret", shell.browser);
    const { detail } = await expectProblem(sent, {
      status: 404,
      code: "route_not_found",
      detail: /GET \/api\/v1\/agnets /,
    });
    expect(detail).not.toContain("secret");
    await expectProblem(await shell.send("POST", `/${"x".repeat(300)}`), {
      status: 404,
      code: "route_not_found",
      detail: /x{199}… here/,
    });
  });

  test("[api.input.verb] a wrong method is told which ones there are", async () => {
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const sent = await shell.send(method, root, shell.browser);
      await expectProblem(sent, { status: 405, code: "method_not_allowed", detail: /takes GET, HEAD, POST, not/ });
      expect(sent.headers["allow"]).toBe("GET, HEAD, POST");
    }
    const sent = await shell.send("POST", `${root}/org_1`, shell.browser);
    expect(sent.headers["allow"]).toBe("DELETE, GET, HEAD, PATCH");
    expect((await shell.send("PUT", "/health")).headers["allow"]).toBe("GET, HEAD");
  });

  test("[api.input.route] a path that is no URL, or has an endless id, is refused", async () => {
    await expectProblem(await shell.send("GET", "/%zz"), { status: 400, code: "malformed_request" });
    await expectProblem(await shell.send("GET", `${root}/${"x".repeat(300)}`), { status: 414, code: "path_too_long" });
  });
});

describe("bodies", () => {
  const post = (body: unknown, headers: Headers = {}) =>
    shell.send("POST", root, { ...shell.browser, ...headers }, body);

  const malformed = ["{", "{'name': 1}", '{"name": "a"} x', '{"name": "SECRET', "nul"];
  test.each(malformed)("[api.input.json] malformed JSON is refused and not quoted: %s", async (body) => {
    const { detail } = await expectProblem(await post(body), { status: 400, code: "malformed_body", detail: /JSON/ });
    expect(detail).not.toContain("SECRET");
  });

  test("[api.input.json] bytes that are no UTF-8 are refused, not replaced", async () => {
    const payload = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const headers = { host: "localhost", "content-type": "application/json", ...shell.browser };
    await expectProblem(await shell.app.inject({ method: "POST", url: root, headers, payload }), {
      status: 400,
      code: "malformed_body",
    });
  });

  test("[api.input.json] a body cannot reach into prototypes", async () => {
    for (const name of ["__proto__", String.raw`\u005f_proto__`, String.raw`__pr\u006Fto__`]) {
      const sent = await post(`{"name":"ok","${name}":{"polluted":true}}`);
      expect(sent.statusCode).toBe(201);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("[api.input.json] a body nested deeper than anything takes is refused, repeatable or not", async () => {
    for (const levels of [65, 900]) {
      const deep = `{"name":"ok","more":${"[".repeat(levels)}${"]".repeat(levels)}}`;
      for (const headers of [{}, { "idempotency-key": `deep-${levels}` }]) {
        await expectProblem(await post(deep, headers), { status: 400, code: "malformed_body", detail: /64 levels/ });
      }
    }
    const fine = `{"name":"ok","more":${"[".repeat(63)}${"]".repeat(63)}}`;
    expect((await post(fine)).statusCode).toBe(201);
  });

  test("[api.input.type] a compressed body is refused as one", async () => {
    const sent = await post({ name: "x" }, { "content-encoding": "gzip" });
    await expectProblem(sent, { status: 415, code: "unsupported_media_type", detail: /Content-Encoding/ });
  });

  test("[api.input.faults] every fault of a body is named, with where it is", async () => {
    const body = await expectProblem(await post({ name: "", tags: [7, "long"], more: 1 }), {
      status: 400,
      code: "invalid_request",
    });
    const paths = body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(["body.name", "body.tags.0", "body.tags.1"]);
  });

  test("[api.input.faults] a missing body, and an empty one, are named", async () => {
    for (const body of [undefined, ""]) {
      const { errors } = await expectProblem(await post(body), { status: 400, code: "invalid_request" });
      expect(errors[0].path).toBe("body");
    }
  });

  test("[api.input.faults] faults of path and query are named together", async () => {
    const sent = await shell.send("GET", `${root}?limit=1000&cursor=${"x".repeat(5000)}`, shell.browser);
    const { errors } = await expectProblem(sent, { status: 400, code: "invalid_request" });
    expect(errors.map(({ path }: { path: string }) => path)).toEqual(["query.limit", "query.cursor"]);
    for (const limit of ["0", "-1", "1.5", "all", "201"]) {
      expect((await shell.send("GET", `${root}?limit=${limit}`, shell.browser)).statusCode).toBe(400);
    }
  });

  test("[api.input.stored] text that no store can hold is the caller's fault, not the server's", async () => {
    await expectProblem(await post(String.raw`{"name":"a\ud800b"}`), { status: 400, code: "invalid_request" });
    await expectProblem(await post(String.raw`{"name":"a\u0000b"}`), { status: 400, code: "invalid_request" });
  });

  test("[api.input.type] a body that is not JSON is refused", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "nonsense",
    ]) {
      await expectProblem(await post("name=x", { "content-type": type }), {
        status: 415,
        code: "unsupported_media_type",
      });
    }
    expect((await post('{"name":"x"}', { "content-type": "application/json; charset=utf-8" })).statusCode).toBe(201);
  });

  test("[api.input.size] a body over the limit is refused, and nothing is stored", async () => {
    const before = (await shell.send("GET", root, shell.browser)).json().items.length;
    const sent = await post({ name: "x", tags: ["y".repeat(3000)] });
    await expectProblem(sent, { status: 413, code: "body_too_large" });
    expect((await shell.send("GET", root, shell.browser)).json().items.length).toBe(before);
  });

  test("[api.input.early] who is not known is told so before a body is read", async () => {
    const sent = await shell.send("POST", root, {}, "{ not even JSON");
    await expectProblem(sent, { status: 401, code: "unauthenticated" });
  });
});

describe("cursors", () => {
  test("[api.input.cursor] a cursor that was made up, changed, or is another's is refused", async () => {
    for (const name of ["a", "b", "c"]) await shell.send("POST", root, shell.browser, { name });
    const first = (await shell.send("GET", `${root}?limit=1`, shell.browser)).json();
    expect(first.next).toEqual(expect.any(String));
    const second = await shell.send("GET", `${root}?limit=1&cursor=${encodeURIComponent(first.next)}`, shell.browser);
    expect(second.json().previous).toEqual(expect.any(String));
    for (const cursor of [
      "x",
      "",
      first.next.slice(1),
      `${first.next}AAAA`,
      Buffer.from("[1]").toString("base64url"),
    ]) {
      const sent = await shell.send("GET", `${root}?cursor=${encodeURIComponent(cursor)}`, shell.browser);
      await expectProblem(sent, { status: 400, code: "invalid_cursor" });
    }
  });
});

describe("over a socket", () => {
  async function raw(address: string, bytes: string, wait = false): Promise<string> {
    const { port } = new URL(address);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(bytes);
    if (!wait) socket.end();
    return text(socket);
  }

  test("[api.input.http] what is no HTTP is answered as such, and the server goes on", async () => {
    const address = await shell.app.listen({ host: "127.0.0.1", port: 0 });
    expect(await raw(address, "HELO\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"malformed_request"/,
    );
    const large = `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(20_000)}\r\n\r\n`;
    expect(await raw(address, large)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"headers_too_large"/);
    const slow = "POST /api/v1/organizations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n";
    expect(await raw(address, slow, true)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"request_timeout"/);
    expect((await fetch(`${address}/health`)).status).toBe(200);
  });

  test("[api.input.http] a caller who goes away before the body is whole is no failure of the server's", async () => {
    const address = shell.app.listeningOrigin;
    const partial = `POST ${root} HTTP/1.1\r\nHost: localhost\r\nCookie: ${shell.browser["cookie"]}\r\nSec-Fetch-Site: none\r\n`;
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    socket.write(`${partial}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(shell.log()).not.toMatch(/"status":5|request failed/);
  });
});
