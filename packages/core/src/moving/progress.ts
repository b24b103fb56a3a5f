/** What a mover is at. */
export type Phase = "loading" | "reading-back" | "catching-up" | "frozen" | "search" | "verifying";

/** How far it is, told often: whoever shows it decides how often. */
export interface Progress {
  readonly phase: Phase;
  /** The table it is at; undefined between two. */
  readonly table: string | undefined;
  readonly tablesDone: number;
  readonly tables: number;
  /** Of this phase. */
  readonly items: number;
  /** About how many there will be, as far as it is known. */
  readonly total: number | undefined;
}

export type OnProgress = (progress: Progress) => void;

/** Counts the items of a phase, table by table. */
export interface PhaseCounter {
  readonly begin: (table: string) => void;
  readonly add: (items: number) => void;
  readonly end: () => void;
}

export function countPhase(
  phase: Phase,
  {
    tables,
    total,
    items = 0,
  }: { readonly tables: number; readonly total: number | undefined; readonly items?: number },
  tell: OnProgress,
): PhaseCounter {
  let table: string | undefined;
  let tablesDone = 0;
  let done = items;
  const report = (): void => tell({ phase, table, tablesDone, tables, items: done, total });
  report();
  return {
    begin: (name) => {
      table = name;
      report();
    },
    add: (count) => {
      done += count;
      report();
    },
    end: () => {
      table = undefined;
      tablesDone++;
      report();
    },
  };
}
