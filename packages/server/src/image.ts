import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AloftError } from "@aloft/core/errors";

/** What the server's image is built from. */
export interface ImageSource {
  readonly dockerfile: string;
  /** The folder that is sent to the build: all that the image has beside its base. */
  readonly context: string;
}

/** The image cannot be built from this installation. */
export class ImageSourceError extends AloftError {
  readonly code = "not_bundled";
}

/** @throws {ImageSourceError} in a checkout, before `npm run build`. */
export function imageSource(): ImageSource {
  const dockerfile = fileURLToPath(new URL("../image/Dockerfile", import.meta.url));
  const context = fileURLToPath(new URL("../dist/bundle", import.meta.url));
  if (existsSync(`${context}/server/dist/main.js`)) return { dockerfile, context };
  throw new ImageSourceError(`The server is not bundled: ${context} is missing. Run: npm run build`);
}
