import { InvalidCursorError, InvalidError, type Issue } from "../errors.ts";
import { blobLimits, type BlobRange, type PutBlobOptions } from "../ports/blobs.ts";

const allowed = /^[A-Za-z0-9\-_.!'()~=@+,/]*$/;
const mediaType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:; ?[\w!#$&^.+-]+=(?:[\w!#$&^.+:-]+|"[ !#-[\]-~]*"))*$/;
const hexSha256 = /^[0-9a-f]{64}$/;
const metadataName = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const metadataValue = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

export const defaultContentType = "application/octet-stream";

/** @throws {InvalidError} the name is not one that every adapter can hold, or tries to leave its place. */
export function checkBlobName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw invalid("name", problem, "This is no name for a blob");
}

export function isBlobName(name: string): boolean {
  return nameProblem(name) === undefined;
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name.includes("\0")) return "must not hold the character NUL";
  if (name.includes("\\")) return "parts are separated by /, not by a backslash";
  if (!allowed.test(name)) return "may hold ASCII letters, digits, - _ . ! ' ( ) ~ = @ + , and / between parts";
  if (name.length > blobLimits.maxNameBytes) return `must be at most ${blobLimits.maxNameBytes} bytes long`;
  if (name.startsWith("/")) return "must not begin with /";
  for (const segment of name.split("/")) {
    if (segment === "") return "must not hold an empty part: no // and no / at the end";
    if (segment === "." || segment === "..") return "must not hold . or .. as a part";
    if (segment.endsWith(".")) return "no part may end with a dot";
    if (segment.length > blobLimits.maxSegmentBytes) return `no part may exceed ${blobLimits.maxSegmentBytes} bytes`;
  }
  return undefined;
}

/** @throws {InvalidError} no name can begin so. */
export function checkBlobPrefix(prefix: string): void {
  const escapes = prefix.split("/").some((part) => part === "..") || prefix.startsWith("/") || prefix.includes("//");
  if (prefix.length <= blobLimits.maxNameBytes && allowed.test(prefix) && !escapes) return;
  throw invalid("prefix", "must be what a name can begin with", "No name begins so");
}

/** @throws {InvalidError} with every fault of the options. */
export function checkPutOptions(options: PutBlobOptions): void {
  const issues: Issue[] = [];
  if (options.contentType !== undefined) issues.push(...contentTypeIssues(options.contentType));
  if (options.sha256 !== undefined && !hexSha256.test(options.sha256)) {
    issues.push({ path: "sha256", message: "must be 64 hex digits in lower case" });
  }
  const metadata = Object.entries(options.metadata ?? {});
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (metadata.length > blobLimits.maxMetadataEntries || bytes > blobLimits.maxMetadataBytes) {
    const message = `at most ${blobLimits.maxMetadataEntries} entries of ${blobLimits.maxMetadataBytes} bytes together`;
    issues.push({ path: "metadata", message });
  }
  for (const [name, value] of metadata) {
    if (!metadataName.test(name)) issues.push({ path: "metadata", message: `${JSON.stringify(name)} is no name` });
    if (!metadataValue.test(value)) {
      issues.push({ path: `metadata.${name}`, message: "must be visible ASCII, with spaces only in between" });
    }
  }
  if (issues.length > 0)
    throw new InvalidError(issues.map(({ path, message }) => `${path}: ${message}`).join("; "), issues);
}

function contentTypeIssues(contentType: string): readonly Issue[] {
  if (contentType.length <= 255 && mediaType.test(contentType)) return [];
  return [{ path: "contentType", message: "must be a media type, such as image/png" }];
}

/** @throws {InvalidError} */
export function checkContentType(contentType: string): void {
  if (contentTypeIssues(contentType).length > 0) {
    throw invalid("contentType", "must be a media type, such as image/png", "This is no content type");
  }
}

/** @throws {InvalidError} */
export function checkExpiresIn(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= blobLimits.maxSignedSeconds) return;
  const message = `must be whole seconds from 1 to ${blobLimits.maxSignedSeconds} (7 days)`;
  throw invalid("expiresInSeconds", message, "A signed URL cannot live that long");
}

/** @throws {InvalidError} */
export function checkSignedSize(sizeBytes: number): void {
  // One request cannot carry more to S3.
  const maxBytes = 5 * 1024 ** 3;
  if (Number.isInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes <= maxBytes) return;
  throw invalid("sizeBytes", "must be whole bytes, up to 5 GiB", "One request cannot upload that");
}

/** @throws {InvalidError} */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return blobLimits.maxPage;
  if (Number.isInteger(limit) && limit >= 1 && limit <= blobLimits.maxPage) return limit;
  throw invalid("limit", `must be 1 to ${blobLimits.maxPage}`, "A page cannot be that long");
}

/** The cursor of the page after `name`. */
export function cursorAfter(name: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(`after ${name}`)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** @throws {InvalidCursorError} it is not of a list with this prefix. */
export function nameOfCursor(cursor: string, prefix: string): string {
  const text = decoded(cursor);
  const name = text.startsWith("after ") ? text.slice("after ".length) : "";
  if (name !== "" && name.startsWith(prefix)) return name;
  throw new InvalidCursorError("This cursor is not of this list: give one as a page of it gave it.");
}

function decoded(cursor: string): string {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** Which bytes a range names, both ends included. @throws {InvalidError} none, or it is no range. */
export function resolveRange(range: BlobRange, sizeBytes: number): { first: number; last: number } {
  const numbers = "suffix" in range ? [range.suffix] : [range.first, range.last ?? range.first];
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    throw invalid("range", "must be whole numbers from 0", "This is no range of bytes");
  }
  const first = "suffix" in range ? Math.max(0, sizeBytes - range.suffix) : range.first;
  const last = Math.min("suffix" in range ? sizeBytes - 1 : (range.last ?? sizeBytes - 1), sizeBytes - 1);
  const isEmpty = "suffix" in range ? range.suffix === 0 : range.last !== undefined && range.last < range.first;
  if (isEmpty || first > last) throw noSuchRange(sizeBytes);
  return { first, last };
}

export function noSuchRange(sizeBytes: number | undefined): InvalidError {
  const size = sizeBytes === undefined ? "" : `, which has ${sizeBytes} bytes`;
  return invalid("range", `has no byte of this blob${size}`, "There are no such bytes");
}

/** The bytes were not those that the checksum named. */
export function checksumMismatch(name: string): InvalidError {
  const summary = `What arrived for ${name} is not what its SHA-256 says: nothing was stored. Send it again`;
  return invalid("sha256", "is that of other bytes", summary);
}

function invalid(path: string, message: string, summary: string): InvalidError {
  return new InvalidError(`${summary}: ${path} ${message}.`, [{ path, message }]);
}
