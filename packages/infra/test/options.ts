import { type librarySchema, resolvedSchema } from "@aloft/infra/config/schema";

/** What is looked at of a schema of zod's. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly options?: readonly Schema[];
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly defaultValue?: unknown;
}
type Schema = { readonly def: Definition } | typeof librarySchema;

/** Every option of a configuration by its path, such as `network.egress`, with its default if it has one. */
export function configOptions(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const topology of resolvedSchema.options) collect(topology, "", found);
  return found;
}

function collect(schema: Schema, path: string, found: Map<string, unknown>, fallback?: unknown): void {
  const def = schema.def as Definition;
  const { innerType } = def;
  if (innerType !== undefined) {
    const own = def.type === "default" || def.type === "prefault" ? def.defaultValue : fallback;
    collect(innerType, path, found, own);
  } else if (def.shape !== undefined) {
    for (const [key, one] of Object.entries(def.shape)) collect(one, path === "" ? key : `${path}.${key}`, found);
  } else if (def.type === "union" && def.options?.some(({ def: { type } }) => type === "object") === true) {
    const objects = def.options.filter(({ def: { type } }) => type === "object");
    if (objects.length < def.options.length) found.set(path, fallback);
    for (const one of objects) collect(one, path, found);
  } else if (!found.has(path) || found.get(path) === undefined) found.set(path, fallback);
}
