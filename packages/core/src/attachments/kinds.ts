import { AloftError } from "../errors.ts";

/** What the bytes are is none of the kinds that are taken. */
export class UnsupportedKindError extends AloftError {
  readonly code = "unsupported_media_type";
}

/** So many bytes are enough to tell. */
export const sniffedBytes = 4096;

type Signature = readonly [type: string, offset: number, ascii: string];

/** @see https://mimesniff.spec.whatwg.org/ */
const signatures: readonly Signature[] = [
  ["image/png", 0, "\x89PNG\r\n\x1A\n"],
  ["image/jpeg", 0, "\xFF\xD8\xFF"],
  ["image/gif", 0, "GIF87a"],
  ["image/gif", 0, "GIF89a"],
  ["image/webp", 8, "WEBP"],
  ["image/avif", 4, "ftypavif"],
  ["image/heic", 4, "ftyphei"],
  ["image/heic", 4, "ftypmif1"],
  ["image/bmp", 0, "BM"],
  ["image/tiff", 0, "II*\0"],
  ["image/tiff", 0, "MM\0*"],
  ["application/pdf", 0, "%PDF-"],
  ["audio/mpeg", 0, "ID3"],
  ["audio/mpeg", 0, "\xFF\xFB"],
  ["audio/mpeg", 0, "\xFF\xF3"],
  ["audio/wav", 8, "WAVE"],
  ["audio/flac", 0, "fLaC"],
  ["audio/ogg", 0, "OggS"],
  ["audio/mp4", 4, "ftypM4A"],
  ["video/quicktime", 4, "ftypqt"],
  ["video/mp4", 4, "ftyp"],
  ["video/webm", 0, "\x1A\x45\xDF\xA3"],
  ["application/gzip", 0, "\x1F\x8B"],
  ["application/zip", 0, "PK\x03\x04"],
  ["application/zip", 0, "PK\x05\x06"],
  ["application/x-ole-storage", 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"],
];

/** What a container may be that the first bytes do not tell: there the sender's word is taken. */
const insideContainers: Readonly<Record<string, RegExp>> = {
  "application/zip":
    /^application\/(vnd\.openxmlformats-officedocument\.[a-z.]+|vnd\.oasis\.opendocument\.[a-z-]+|epub\+zip)$/,
  "application/x-ole-storage": /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook))$/,
};
const textual =
  /^(text\/[\w.+-]+|application\/(json|xml|yaml|x-yaml|toml|javascript|typescript|sql|rtf|x-ndjson|x-sh|graphql|[\w.-]+\+(json|xml|yaml))|image\/svg\+xml)$/;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The type of a file by its first bytes; what the sender calls it only tells one text, or one container, from another.
 * @throws {UnsupportedKindError} neither text nor an image, audio, video, PDF, office document or archive.
 */
export function kindOf(head: Uint8Array, claimed: string): string {
  const [type = ""] = claimed.toLowerCase().split(";");
  const found = signatures.find(([, offset, ascii]) => matches(head, offset, ascii))?.[0];
  // Some signatures are words: only a PDF may be all text.
  if (found !== "application/pdf" && isText(head)) return textual.test(type.trim()) ? type.trim() : "text/plain";
  if (found !== undefined) return insideContainers[found]?.test(type.trim()) === true ? type.trim() : found;
  throw new UnsupportedKindError(
    "This kind of file is not taken. Attach text, an image, PDF, audio, video, an office document or a zip archive.",
  );
}

function matches(head: Uint8Array, offset: number, ascii: string): boolean {
  if (head.length < offset + ascii.length) return false;
  for (let i = 0; i < ascii.length; i++) if (head[offset + i] !== ascii.charCodeAt(i)) return false;
  return true;
}

/** UTF-8 without the characters that no text has. */
function isText(head: Uint8Array): boolean {
  // Its last character may be cut.
  for (let cut = 0; cut <= Math.min(3, head.length >= sniffedBytes ? 3 : 0); cut++) {
    try {
      // eslint-disable-next-line no-control-regex -- it is those that are looked for
      return !/[\x00-\x08\x0E-\x1A\x1C-\x1F]/.test(utf8.decode(head.subarray(0, head.length - cut)));
    } catch {
      continue;
    }
  }
  return false;
}

/** Whether the bytes are text, whatever they are called. */
export function isTextKind(contentType: string): boolean {
  return textual.test(contentType);
}

const shown: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const harmless =
  /^(image\/(heic|bmp|tiff)|audio\/[\w-]+|video\/[\w-]+|text\/(plain|csv|markdown)|application\/(pdf|zip|gzip))$/;

/**
 * How a file goes to a browser: raster images may be shown; everything else is to be saved, and what a browser could
 * run (HTML, SVG, XML, scripts) does not even go by its own type.
 */
export function servedAs(contentType: string): { readonly type: string; readonly inline: boolean } {
  if (shown.has(contentType)) return { type: contentType, inline: true };
  if (!harmless.test(contentType)) return { type: "application/octet-stream", inline: false };
  return { type: contentType.startsWith("text/") ? `${contentType}; charset=utf-8` : contentType, inline: false };
}
