import type { MessageLog } from "@aloft/core/conversations/message-log";
import type { Blobs } from "@aloft/core/ports/blobs";
import type { Keys } from "@aloft/core/ports/keys";
import type { Models } from "@aloft/core/ports/models";
import type { Store } from "@aloft/core/ports/store";
import type { Tool } from "@aloft/core/turns/tools";
import type { Turns } from "@aloft/core/turns/turns";
import type { Config } from "./config/config.ts";
import type { Hub } from "./events/hub.ts";

/** What routes are given to work with. Built in one place, `compose.ts`. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly keys: Keys;
  readonly blobs: Blobs;
  readonly models: Models;
  readonly tools: readonly Tool[];
  readonly log: MessageLog;
  readonly turns: Turns;
  readonly events: Hub;
  readonly now: () => Date;
}
