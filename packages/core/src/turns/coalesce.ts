/** Gathers text and passes it on at most every `everyMs`: the first piece at once, the rest together. */
export interface Coalescer {
  readonly push: (text: string) => void;
  /** Passes on what is gathered, now. */
  readonly flush: () => void;
}

export function coalesce(everyMs: number, emit: (text: string) => void): Coalescer {
  let gathered = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  function send(): void {
    if (gathered === "") return;
    const text = gathered;
    gathered = "";
    emit(text);
  }
  function tick(): void {
    timer = undefined;
    if (gathered === "") return;
    send();
    timer = setTimeout(tick, everyMs);
  }
  return {
    push(text) {
      gathered += text;
      if (timer !== undefined) return;
      send();
      timer = setTimeout(tick, everyMs);
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      send();
    },
  };
}
