/** How far a table has been loaded. */
export interface TableProgress {
  /** Where the next page begins; undefined: at the beginning, or `done`. */
  readonly cursor?: string;
  readonly items: number;
  readonly done: boolean;
}

/** What a copy must remember to go on where it was killed. */
export interface CopyState {
  /** By table. A table that is missing was not begun. */
  readonly loaded: Readonly<Record<string, TableProgress>>;
}

export interface Journal {
  /** What was saved last; undefined if the copy begins. */
  readonly state: CopyState | undefined;
  /** Keeps the state, so that it is there however the process ends. */
  readonly save: (state: CopyState) => void;
}
