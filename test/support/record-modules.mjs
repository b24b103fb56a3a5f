// Preloaded by aws-free.test.ts: writes the address of every module that is loaded to the file MODULES_LOADED.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.MODULES_LOADED, `${url}\n`);
    return next(url, context);
  },
});
