import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackPart } from "../stacks/aloft-stack.ts";

type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;

/** Where each resource of a part is among the constructs, by its id in the template; from a cloud assembly's folder. */
export function constructPaths(folder: string, part: StackPart): ReadonlyMap<string, string> {
  const file = join(folder, `${part}.metadata.json`);
  const metadata = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Metadata) : {};
  const found = new Map<string, string>();
  for (const [path, entries] of Object.entries(metadata)) {
    for (const { type, data } of entries) {
      if (type === "aws:cdk:logicalId" && typeof data === "string") found.set(data, path.replace(/^\//, ""));
    }
  }
  return found;
}
