import type { Models } from "@aloft/core/ports/models";
import type { Store } from "@aloft/core/ports/store";
import type { Config } from "./config/config.ts";

/** What routes are given to work with. Built in one place, `compose.ts`. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly models: Models;
  now(): Date;
}
