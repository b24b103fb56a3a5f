import { chmodSync, readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { root } from "./child.ts";

/** Bundles the server as `npm run build` does, into a folder whose parent others may then read. */
export async function bundleInto(folder: string): Promise<void> {
  const library = (name: string) => import(join(root, "scripts/lib", name));
  await (await library("console.mjs")).ensureConsole({ required: true });
  await (await library("bundle.mjs")).bundleServer(`${folder}/`);
  chmodSync(dirname(folder), 0o755);
}

/** Every file below a folder, by its path from there. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
