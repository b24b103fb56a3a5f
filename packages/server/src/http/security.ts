import type { IncomingHttpHeaders } from "node:http";
import type { Config } from "../config/config.ts";
import { HttpError } from "./problem.ts";

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Content security policies: of data, of plain pages, of the console, and of the API's documentation. */
export const contentPolicies = {
  data: "default-src 'none'; frame-ancestors 'none'",
  page: policy({ "default-src": "'none'", "style-src": "'self'", "img-src": "'self'" }),
  console: policy({
    "default-src": "'self'",
    "script-src": "'self'",
    // Dialogs and notices of the console's component library place <style> elements.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
  }),
  docs: policy({
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
  }),
} as const;

function policy(directives: Readonly<Record<string, string>>): string {
  const always = { "object-src": "'none'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'" };
  return Object.entries({ ...directives, ...always })
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");
}

export type SecuritySettings = Pick<Config, "publicUrl" | "hosts"> & {
  readonly listen: Pick<Config["listen"], "loopback">;
};

export interface Security {
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * @throws {HttpError} `misdirected_host`: on a laptop, a page elsewhere made its name point at this machine; elsewhere,
   * somebody came past the name that this server is known by.
   */
  checkHost(headers: IncomingHttpHeaders): void;
  /**
   * What a browser sends along by itself must not be enough to change anything.
   * @throws {HttpError} `cross_site_request`
   */
  checkSameOrigin(method: string, headers: IncomingHttpHeaders, withCookie: boolean): void;
  /** Whether an `Origin` header names this server. */
  isOwnOrigin(headers: IncomingHttpHeaders): boolean;
  /** Scheme, host and port under which the caller reached this server. */
  originOf(headers: IncomingHttpHeaders): string;
}

/** @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html */
export function security(settings: SecuritySettings): Security {
  const publicUrl = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl);
  const originOf = (headers: IncomingHttpHeaders) => publicUrl?.origin ?? `http://${headers.host ?? "localhost"}`;

  const isOwnOrigin = (headers: IncomingHttpHeaders) => {
    if (headers.origin === undefined) return false;
    if (headers.origin === publicUrl?.origin) return true;
    return settings.listen.loopback && headers.origin === `http://${headers.host ?? ""}`;
  };

  return {
    headers: commonHeaders(publicUrl?.protocol === "https:"),
    originOf,
    isOwnOrigin,
    checkHost({ host = "" }) {
      const given = host.toLowerCase();
      if (given === publicUrl?.host || settings.hosts.includes(given) || loopbackNames.has(hostName(given))) return;
      const message = settings.listen.loopback
        ? "This server listens on this machine only, and answers to localhost, 127.0.0.1 and [::1]."
        : "This server does not answer to the name that the Host header gives.";
      throw new HttpError(
        "misdirected_host",
        `${message} To use another name, set FRONTEND_URL; what a proxy sends, ALOFT_HOSTS.`,
      );
    },
    checkSameOrigin(method, headers, withCookie) {
      if (safeMethods.has(method)) return;
      const site = headers["sec-fetch-site"];
      const proven = site === undefined ? isOwnOrigin(headers) : site === "same-origin" || site === "none";
      const fromBrowser = site !== undefined || headers.origin !== undefined;
      if (proven || (!fromBrowser && !withCookie)) return;
      const message = "Changes made with the session's cookie must come from this server's own pages.";
      throw new HttpError(
        "cross_site_request",
        `${message} Programs use an API key: Authorization: Bearer aloft_key_…`,
      );
    },
  };
}

function commonHeaders(secure: boolean): Record<string, string> {
  return {
    "content-security-policy": contentPolicies.data,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

function hostName(host: string): string {
  return host.replace(/:\d{1,5}$/, "").toLowerCase();
}

/** Whether an address or name that a server listens on can only be reached from its own machine. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(?:\.\d{1,3}){3}$/.test(bare);
}
