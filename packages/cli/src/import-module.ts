import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Imports a file of the user's. Whatever the nearest package.json says of its files (`npm init` writes
 * `"type": "commonjs"`), a TypeScript file of theirs that imports or exports is a module.
 * @see https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
export async function importModule<T>(file: string): Promise<T> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const format = context.format === "commonjs-typescript" && hasModuleSyntax(url) ? "module-typescript" : undefined;
      return nextLoad(url, format === undefined ? context : { ...context, format });
    },
  });
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } finally {
    hooks.deregister();
  }
}

function hasModuleSyntax(url: string): boolean {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return false;
  return /^(import|export)[\s{*"']/m.test(readFileSync(fileURLToPath(url), "utf8"));
}
