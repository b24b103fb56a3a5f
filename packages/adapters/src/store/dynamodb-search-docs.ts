import { decodeDocs, type Doc, type Docs } from "./dynamodb-search-codec.ts";
import type { SearchLayout } from "./dynamodb-search-entries.ts";
import type { SearchRows } from "./dynamodb-search-rows.ts";
import { docBucketName, docRowName, type SegmentSettings } from "./dynamodb-search-segments.ts";
import type { SearchState } from "./dynamodb-search-state.ts";

/** What finds the items of segments again. It never changes, so it is read once and kept, the segments used last. */
export interface DocTables {
  /** The docs of the segment at this place, by their numbers. */
  readonly of: (state: SearchState, place: number) => Promise<(number: number) => Doc | undefined>;
  /** Reads what is new among the newest segments, as many as are kept, before they are asked for. */
  readonly prepare: (state: SearchState) => Promise<void>;
}

/** @param keepSegments how many are kept in memory. */
export function docTables(
  layout: SearchLayout,
  rows: SearchRows,
  settings: SegmentSettings,
  keepSegments: number,
): DocTables {
  const kept = new Map<string, Promise<readonly Docs[]>>();
  let prepared = { generation: "", place: 0 };
  const load = async (generation: string, name: number): Promise<readonly Docs[]> => {
    const bucket = docBucketName(generation);
    const [from, to] = [docRowName(name, 0), docRowName(name, 36 ** 4 - 1)];
    const parts: Docs[] = [];
    let behind: string | undefined;
    for (;;) {
      // Consistent: what is kept for good must not lack a row that was written a moment ago.
      const read = await rows.read({ bucket, from, to, ascending: true, consistent: true, behind });
      for (const { data } of read.rows) parts.push(decodeDocs(data, layout.rest.length));
      behind = read.rows.at(-1)?.row;
      if (!read.more) return parts;
    }
  };
  const tableOf = async ({ generation, segments }: SearchState, place: number): Promise<readonly Docs[]> => {
    const name = segments[place - 1]?.name ?? 0;
    const id = `${generation} ${name}`;
    const table = kept.get(id) ?? load(generation, name);
    kept.delete(id);
    kept.set(id, table);
    for (const oldest of kept.keys()) {
      if (kept.size <= keepSegments) break;
      kept.delete(oldest);
    }
    try {
      return await table;
    } catch (error) {
      kept.delete(id);
      throw error;
    }
  };
  return {
    of: async (state, place) => {
      const parts = await tableOf(state, place);
      return (number) => {
        const part = parts[Math.floor(number / settings.docItems)];
        const i = number % settings.docItems;
        if (part === undefined || i >= part.length) return undefined;
        return { newest: part.newest(i), scope: part.scope(i), rest: part.rest(i) };
      };
    },
    prepare: async (state) => {
      const newest = state.segments.length;
      const first = prepared.generation === state.generation ? prepared.place + 1 : 1;
      for (let place = Math.max(first, newest - keepSegments + 1); place <= newest; place++)
        await tableOf(state, place);
      prepared = { generation: state.generation, place: newest };
    },
  };
}
