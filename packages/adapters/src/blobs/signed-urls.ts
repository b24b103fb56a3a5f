import { inertHeaders, parseEtags, parseRangeHeader } from "@aloft/core/blobs/http";
import {
  checkBlobName,
  checkContentType,
  checkExpiresIn,
  checkPutOptions,
  checkSignedSize,
} from "@aloft/core/blobs/validate";
import { InvalidError } from "@aloft/core/errors";
import {
  type Blobs,
  BlobsError,
  type IncomingRequest,
  type OutgoingAnswer,
  type SignedRequest,
} from "@aloft/core/ports/blobs";
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { chunksOf } from "./body.ts";

const minSecretLength = 32;
const claimNames = ["name", "expires", "type", "size", "sha256", "disposition"] as const;
type Claims = { readonly [N in (typeof claimNames)[number]]?: string };

/**
 * Signed URLs where no service offers them: what may be done, to what and until when stands in the query, under an
 * HMAC-SHA256 of it all. `serve` answers them.
 */
export function signedUrls(
  blobs: Pick<Blobs, "get" | "put">,
  config: { readonly signingSecret?: string; readonly baseUrl?: string },
  now: () => Date,
): Required<Pick<Blobs, "signUpload" | "signDownload" | "serve">> {
  const url = (method: string, claims: Claims): string => {
    const { secret, baseUrl } = settingsOf(config);
    const query = new URLSearchParams(Object.entries(claims));
    query.set("signature", signatureOf(secret, method, claims));
    return `${baseUrl}?${query.toString()}`;
  };
  const until = (seconds: number): Date => {
    checkExpiresIn(seconds);
    return new Date(Math.floor(now().getTime() / 1000) * 1000 + seconds * 1000);
  };
  return {
    async signUpload(name, { expiresInSeconds, contentType, sizeBytes, sha256 }) {
      checkBlobName(name);
      checkSignedSize(sizeBytes);
      checkPutOptions({ contentType, ...(sha256 === undefined ? {} : { sha256 }) });
      const expiresAt = until(expiresInSeconds);
      const bound = { name, expires: seconds(expiresAt), type: contentType, size: String(sizeBytes) };
      const headers = { "content-type": contentType, "content-length": String(sizeBytes) };
      const claims = sha256 === undefined ? bound : { ...bound, sha256 };
      return { method: "PUT", url: url("PUT", claims), headers, expiresAt } satisfies SignedRequest;
    },
    async signDownload(name, { expiresInSeconds, contentType, contentDisposition }) {
      checkBlobName(name);
      if (contentType !== undefined) checkContentType(contentType);
      if (contentDisposition !== undefined) checkDisposition(contentDisposition);
      const expiresAt = until(expiresInSeconds);
      const claims = {
        name,
        expires: seconds(expiresAt),
        ...(contentType === undefined ? {} : { type: contentType }),
        ...(contentDisposition === undefined ? {} : { disposition: contentDisposition }),
      };
      return { method: "GET", url: url("GET", claims), headers: {}, expiresAt } satisfies SignedRequest;
    },
    async serve(request) {
      const claims = claimsOf(request, secretOf(config));
      if (claims === undefined) return refused(403, "The URL's signature is not of this server's.");
      if (now().getTime() >= Number(claims.expires) * 1000)
        return refused(403, "The URL has expired. Ask for a new one.");
      return request.method === "PUT" ? upload(blobs, request, claims) : download(blobs, request, claims);
    },
  };
}

function seconds(date: Date): string {
  return String(date.getTime() / 1000);
}

/** What cannot be signed for lack of an address, may have been by another server that has the secret and the files. */
function secretOf({ signingSecret = "" }: { readonly signingSecret?: string }): string {
  return signingSecret.length >= minSecretLength ? signingSecret : randomUUID();
}

function settingsOf({ signingSecret = "", baseUrl }: { readonly signingSecret?: string; readonly baseUrl?: string }) {
  if (signingSecret.length >= minSecretLength && baseUrl !== undefined) return { secret: signingSecret, baseUrl };
  const message = `URLs are signed with a signingSecret of ${minSecretLength} characters or more, for a baseUrl: give both.`;
  throw new BlobsError("blobs_misconfigured", message);
}

function signatureOf(secret: string, method: string, claims: Claims): string {
  const signed = JSON.stringify([method, ...claimNames.map((name) => claims[name] ?? null)]);
  return createHmac("sha256", secret).update(`aloft blob url\n${signed}`).digest("base64url");
}

/** What the URL allows; undefined if it is not signed so. */
function claimsOf(request: IncomingRequest, secret: string): Claims | undefined {
  const query = new URL(request.url, "http://localhost").searchParams;
  const claims = Object.fromEntries(
    claimNames.flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  ) as Claims;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const expected = Buffer.from(signatureOf(secret, method, claims));
  const given = Buffer.from(query.get("signature") ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected) ? claims : undefined;
}

function checkDisposition(value: string): void {
  if (/^[ -~]{1,1024}$/.test(value)) return;
  const message = "must be visible ASCII, as RFC 6266 writes it";
  throw new InvalidError(`contentDisposition ${message}.`, [{ path: "contentDisposition", message }]);
}

async function upload(
  blobs: Pick<Blobs, "put">,
  { headers, body, signal }: IncomingRequest,
  { name = "", type = "", size, sha256 }: Claims,
): Promise<OutgoingAnswer> {
  if (headers["content-type"] !== type) return refused(403, `The URL is signed for the Content-Type ${type}.`);
  if (headers["content-length"] !== size) return refused(403, `The URL is signed for a Content-Length of ${size}.`);
  const options = {
    contentType: type,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const { etag } = await blobs.put(name, exactly(Number(size), body, signal), options);
    return { status: 200, headers: { etag }, body: "" };
  } catch (error) {
    if (error instanceof InvalidError) return refused(400, error.message);
    throw error;
  }
}

/** @throws {InvalidError} more or fewer bytes came. */
async function* exactly(size: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  let seen = 0;
  for await (const chunk of chunksOf(body, signal)) {
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen !== size) throw new InvalidError(`The body has not the ${size} bytes that the URL is signed for.`);
}

async function download(
  blobs: Pick<Blobs, "get">,
  { headers, method, signal }: IncomingRequest,
  { name = "", type, disposition }: Claims,
): Promise<OutgoingAnswer> {
  const range = method === "GET" ? parseRangeHeader(one(headers["range"])) : undefined;
  const options = {
    ifNoneMatch: parseEtags(one(headers["if-none-match"])),
    ...(range === undefined ? {} : { range }),
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const found = await blobs.get(name, options);
    if (found === undefined) return refused(404, "There is no such blob.");
    if (found.status === "not-modified") return { status: 304, headers: { etag: found.etag }, body: "" };
    const { info, range: part, body } = found;
    const answer = {
      ...inertHeaders,
      etag: info.etag,
      "accept-ranges": "bytes",
      "content-type": type ?? info.contentType,
      "content-length": String(part === undefined ? info.sizeBytes : part.last - part.first + 1),
      ...(disposition === undefined ? {} : { "content-disposition": disposition }),
      ...(part === undefined ? {} : { "content-range": `bytes ${part.first}-${part.last}/${info.sizeBytes}` }),
    };
    if (method !== "HEAD") return { status: part === undefined ? 200 : 206, headers: answer, body };
    await found[Symbol.asyncDispose]();
    return { status: 200, headers: answer, body: "" };
  } catch (error) {
    if (error instanceof InvalidError) return refused(416, error.message);
    throw error;
  }
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

function refused(status: number, message: string): OutgoingAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...inertHeaders }, body: message };
}
