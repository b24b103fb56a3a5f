/**
 * Where an event stands in its conversation: after how many messages, and where among what happened since.
 * Messages have `n` 0; other events count up from the time at which this process first saw the conversation, so
 * that they stay in order across restarts.
 */
export interface EventId {
  readonly sequence: number;
  readonly n: number;
}

export function compareEventIds(a: EventId, b: EventId): number {
  return a.sequence - b.sequence || a.n - b.n;
}

export function formatEventId({ sequence, n }: EventId): string {
  return `${sequence}-${n}`;
}

/** Reads `<sequence>-<n>`, or a message's sequence alone; undefined if it is neither. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text);
  return match === null ? undefined : { sequence: Number(match[1]), n: Number(match[2] ?? 0) };
}
