/** What of `Secrets` is needed to watch them. */
export interface WatchableSecrets<V extends string> {
  current(): Readonly<Partial<Record<NoInfer<V>, string>>>;
  onChange(listener: (changed: readonly V[]) => void): () => void;
}

export interface WatchOptions {
  /** Told when `apply` fails; the values before stay in use, and the next change tries again. */
  readonly onError: (error: unknown) => void;
}

/**
 * Calls `apply` whenever one of the variables has changed, with the values of all of them: one call at a time, and after
 * a burst of changes only the last values.
 * @returns ends it; a call under way still finishes.
 */
export function watchSecrets<V extends string, W extends V>(
  secrets: WatchableSecrets<V>,
  variables: readonly W[],
  apply: (values: Readonly<Partial<Record<W, string>>>) => void | Promise<void>,
  { onError }: WatchOptions,
): () => void {
  const watched: ReadonlySet<string> = new Set(variables);
  const state = { changed: false, running: false, ended: false };
  const run = async (): Promise<void> => {
    state.running = true;
    while (state.changed && !state.ended) {
      state.changed = false;
      try {
        await apply(pick(secrets.current(), variables));
      } catch (error) {
        onError(error);
      }
    }
    state.running = false;
  };
  const unlisten = secrets.onChange((names) => {
    if (!names.some((name) => watched.has(name))) return;
    state.changed = true;
    if (!state.running) void run();
  });
  return () => {
    state.ended = true;
    unlisten();
  };
}

function pick<W extends string>(
  values: Readonly<Partial<Record<string, string>>>,
  variables: readonly W[],
): Partial<Record<W, string>> {
  const picked: Partial<Record<W, string>> = {};
  for (const name of variables) if (values[name] !== undefined) picked[name] = values[name];
  return picked;
}
