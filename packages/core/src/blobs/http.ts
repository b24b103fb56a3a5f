import type { BlobRange } from "../ports/blobs.ts";

/**
 * The one range of a `Range` header. Undefined, so that everything is sent, for what is no range of bytes or names
 * several.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function parseRangeHeader(header: string | undefined): BlobRange | undefined {
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "") ?? [];
  if (first !== "") {
    if (last === "") return { first: Number(first) };
    return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
  }
  return last === "" ? undefined : { suffix: Number(last) };
}

/**
 * The etags of an `If-None-Match` header, compared weakly: without their `W/`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function parseEtags(header: string | undefined): string[] {
  return header?.match(/"[^"]*"/g) ?? [];
}

/**
 * What a browser is told with somebody's file, so that it runs nothing of it on this origin.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html
 */
export const inertHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * `Content-Disposition` with the name in both spellings.
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(kind: "attachment" | "inline", fileName: string): string {
  const plain = fileName.replaceAll(/[^ -~]|["\\%]/gu, "_");
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
