import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.gen.ts";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Tells when an answer says that nobody is signed in any more. Gives back how to stop listening. */
export function onSignedOut(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The API of the server that served this page. */
export const api: Client<paths> = createClient<paths>({
  baseUrl: globalThis.location.origin,
  headers: { accept: "application/json" },
});

api.use({
  onResponse({ response }) {
    reportStatus(response.status);
  },
});

/** Notes the status of an answer that came by another way than this client. */
export function reportStatus(status: number): void {
  if (status === 401) for (const listener of listeners) listener();
}

/** Changes only what is still as it was read. */
export function ifMatch(version: number): Readonly<Record<string, string>> {
  return { "If-Match": `"${version}"` };
}

export interface Repeatable {
  /** Headers that make the request have one effect, however often it is sent with this body. */
  headersFor(body: unknown): Readonly<Record<string, string>>;
}

/** One thing to be made: asking again with the same body, since an answer was lost, makes no second one. */
export function repeatable(): Repeatable {
  let last: { readonly body: string; readonly key: string } | undefined;
  return {
    headersFor(body) {
      const text = JSON.stringify(body) ?? "";
      if (last?.body !== text) last = { body: text, key: newKey() };
      return { "Idempotency-Key": last.key };
    },
  };
}

/** A key for one request; `crypto.randomUUID` is missing where the page came over plain HTTP from another machine. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
