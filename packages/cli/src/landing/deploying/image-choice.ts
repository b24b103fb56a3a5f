import { resolve } from "node:path";
import type { ImageChoice } from "@aloft/infra/deploying/image-source";
import { usageError } from "../../errors.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";

/**
 * What runs: the image that is named, or what the configuration says is built.
 * @throws {CliError} the image has no digest. @throws {AloftError} Aloft's own is not bundled here.
 */
export async function imageChoice(
  { app, folder }: LoadedApp,
  uri: string | undefined,
): Promise<ImageChoice | undefined> {
  if (app.topology === "library") {
    if (uri === undefined) return undefined;
    throw usageError("invalid_option", "--image: nothing runs in the topology library.");
  }
  if (uri !== undefined) {
    const { pinnedImage } = await loadInfra(() => import("@aloft/infra/deploying/image-source"));
    if (pinnedImage.test(uri)) return { kind: "uri", uri };
    const message = `--image ${uri} has no digest: what a tag names can change. Give repository@sha256:…, as the push printed it.`;
    throw usageError("invalid_value", message);
  }
  const { image } = app.service;
  if (image !== undefined && image !== "aloft") {
    return { kind: "build", dockerfile: resolve(folder, image.dockerfile), context: resolve(folder, image.context) };
  }
  const { imageSource } = await import("@aloft/server/image");
  return { kind: "build", ...imageSource() };
}
