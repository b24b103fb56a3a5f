import { describe, expect, test } from "vitest";
import { HttpError } from "./problem.ts";
import { contentPolicies, isLoopbackHost, security } from "./security.ts";

const balancer = ["internal-chat-1.eu-central-1.elb.amazonaws.com"];
const laptop = security({ publicUrl: undefined, hosts: [], listen: { loopback: true } });
const proxied = security({ publicUrl: "https://agents.example.com", hosts: balancer, listen: { loopback: true } });
const exposed = security({ publicUrl: "https://agents.example.com", hosts: balancer, listen: { loopback: false } });

function codeOf(run: () => void): string {
  try {
    run();
    return "fine";
  } catch (error) {
    return error instanceof HttpError ? error.code : String(error);
  }
}

describe("host", () => {
  const hosts: [string, string][] = [
    ["localhost:3000", "fine"],
    ["LOCALHOST", "fine"],
    ["127.0.0.1:49152", "fine"],
    ["[::1]:3000", "fine"],
    ["evil.example", "misdirected_host"],
    ["localhost.evil.example", "misdirected_host"],
    ["evil.example:3000", "misdirected_host"],
    ["127.0.0.1.nip.io", "misdirected_host"],
    ["localhost:80:evil", "misdirected_host"],
    ["agents.example.com", "misdirected_host"],
    ["", "misdirected_host"],
  ];
  test.each(hosts)(
    "[api.security.host] a server on this machine answers to its own names only: %s",
    (host, expected) => {
      expect(codeOf(() => laptop.checkHost({ host }))).toBe(expected);
    },
  );

  test("[api.security.host] and to that of FRONTEND_URL", () => {
    expect(codeOf(() => proxied.checkHost({ host: "agents.example.com" }))).toBe("fine");
    expect(codeOf(() => proxied.checkHost({ host: "other.example.com" }))).toBe("misdirected_host");
    expect(codeOf(() => laptop.checkHost({}))).toBe("misdirected_host");
  });

  test("[landing.image.host] one that others reach answers to FRONTEND_URL's and ALOFT_HOSTS' names, and no others", () => {
    for (const host of ["agents.example.com", "AGENTS.example.com", ...balancer, "127.0.0.1:3000"]) {
      expect(
        codeOf(() => exposed.checkHost({ host })),
        host,
      ).toBe("fine");
    }
    for (const host of ["10.0.0.7:3000", "evil.example", "internal-chat-2.eu-central-1.elb.amazonaws.com", ""]) {
      expect(
        codeOf(() => exposed.checkHost({ host })),
        host,
      ).toBe("misdirected_host");
    }
  });

  test("[api.security.host] loopback is told by its names", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"]) expect(isLoopbackHost(host)).toBe(true);
    for (const host of ["0.0.0.0", "::", "192.168.1.2", "127.0.0.1.nip.io", "localhost.x", "example.com"]) {
      expect(isLoopbackHost(host)).toBe(false);
    }
  });
});

describe("cross-site requests", () => {
  const host = "localhost:3000";
  const withCookie: [Record<string, string>, string][] = [
    [{ "sec-fetch-site": "same-origin" }, "fine"],
    [{ "sec-fetch-site": "none" }, "fine"],
    [{ "sec-fetch-site": "same-site" }, "cross_site_request"],
    [{ "sec-fetch-site": "cross-site", origin: `http://${host}` }, "cross_site_request"],
    [{ origin: `http://${host}` }, "fine"],
    [{ origin: "http://localhost:9999" }, "cross_site_request"],
    [{ origin: `https://${host}` }, "cross_site_request"],
    [{ origin: "null" }, "cross_site_request"],
    [{}, "cross_site_request"],
  ];
  test.each(withCookie)(
    "[api.security.csrf] a cookie changes things only from our own pages: %j",
    (headers, expected) => {
      for (const method of ["POST", "PATCH", "PUT", "DELETE"]) {
        expect(codeOf(() => laptop.checkSameOrigin(method, { host, ...headers }, true))).toBe(expected);
      }
      expect(codeOf(() => laptop.checkSameOrigin("GET", { host, ...headers }, true))).toBe("fine");
    },
  );

  test("[api.security.csrf] without a cookie, other pages are refused and programs are not", () => {
    expect(codeOf(() => laptop.checkSameOrigin("POST", { host }, false))).toBe("fine");
    expect(codeOf(() => laptop.checkSameOrigin("POST", { host, origin: "https://evil.example" }, false))).toBe(
      "cross_site_request",
    );
    expect(codeOf(() => laptop.checkSameOrigin("POST", { host, "sec-fetch-site": "cross-site" }, false))).toBe(
      "cross_site_request",
    );
  });

  test("[api.security.csrf] where others can reach the server, only FRONTEND_URL is our own", () => {
    const check = (headers: Record<string, string>) => codeOf(() => exposed.checkSameOrigin("POST", headers, true));
    expect(check({ host: "agents.example.com", origin: "https://agents.example.com" })).toBe("fine");
    expect(check({ host: "evil.example", origin: "http://evil.example" })).toBe("cross_site_request");
    expect(check({ host: "evil.example", origin: "https://evil.example" })).toBe("cross_site_request");
  });
});

test("[api.security.headers] no policy lets a script run that is not a file of ours", () => {
  for (const policy of Object.values(contentPolicies)) {
    const directives = new Map(
      policy.split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]),
    );
    expect(["'self'", "'none'"]).toContain(directives.get("script-src") ?? directives.get("default-src"));
    expect(directives.get("frame-ancestors")).toBe("'none'");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  }
  expect(laptop.headers).not.toHaveProperty("strict-transport-security");
  expect(exposed.headers["strict-transport-security"]).toBe("max-age=31536000");
});
