import type { InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";
import { toast } from "sonner";
import type { MessagePage } from "../api/types.ts";

interface History {
  readonly data: InfiniteData<MessagePage> | undefined;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  fetchNextPage(): unknown;
}

const maxPages = 60;

/** Loads older messages until the one looked for is there; gives back its sequence. */
export function useFound(history: History, sequence: number | undefined): number | undefined {
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError } = history;
  const oldest = data?.pages.at(-1)?.items.at(-1)?.sequence;
  const missing = sequence !== undefined && oldest !== undefined && oldest > sequence;
  const pages = data?.pages.length ?? 0;

  useEffect(() => {
    if (!missing || isFetchingNextPage || isFetchNextPageError || !hasNextPage) return;
    if (pages < maxPages) void history.fetchNextPage();
    else if (pages === maxPages) toast.info("That message is further back: scroll up to reach it.");
  }, [missing, pages, hasNextPage, isFetchingNextPage, isFetchNextPageError]);

  return missing ? undefined : sequence;
}
