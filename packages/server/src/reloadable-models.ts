import type { Models } from "@aloft/core/ports/models";

/** Models that can be replaced while they are in use: what streams goes on with the ones it began with. */
export interface ReloadableModels {
  readonly models: Models;
  replace(next: Models): void;
}

export function reloadableModels(first: Models): ReloadableModels {
  let current = first;
  return {
    models: {
      list: () => current.list(),
      stream: (request) => current.stream(request),
      check: (signal) => current.check(signal),
    },
    replace: (next) => void (current = next),
  };
}
