import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const nearPx = 64;

export interface Scroll {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  /** Whether the newest is in sight, and stays so. */
  readonly following: boolean;
  readonly toEnd: () => void;
  /** Stops following, to show something further up. */
  readonly release: () => void;
}

/**
 * Keeps the end of a growing list in sight until the reader scrolls up, and what the reader sees in place when
 * something is put before it.
 * @param first changes when something is put before all else
 */
export function useScroll(first: unknown): Scroll {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const height = useRef(0);
  const [following, setFollowing] = useState(true);
  const set = useCallback((now: boolean) => {
    follows.current = now;
    setFollowing(now);
  }, []);
  const toEnd = useCallback(() => {
    set(true);
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [set]);
  const release = useCallback(() => set(false), [set]);

  useEffect(() => {
    const [outer, inner] = [box.current, content.current];
    if (outer === null || inner === null) return undefined;
    const stopWatching = watchScroll(outer, set);
    const grown = new ResizeObserver(() => {
      if (follows.current) outer.scrollTop = outer.scrollHeight;
      height.current = outer.scrollHeight;
    });
    for (const element of [outer, inner]) grown.observe(element);
    return () => {
      stopWatching();
      grown.disconnect();
    };
  }, [set]);

  useLayoutEffect(() => {
    const outer = box.current;
    if (outer === null) return;
    if (follows.current) outer.scrollTop = outer.scrollHeight;
    else if (height.current > 0) outer.scrollTop += outer.scrollHeight - height.current;
    height.current = outer.scrollHeight;
  }, [first]);

  return { box, content, following, toEnd, release };
}

/** Scrolling up says that the reader reads; scrolling back to the end, that they want to follow again. */
function watchScroll(outer: HTMLElement, set: (following: boolean) => void): () => void {
  let top = outer.scrollTop;
  const onScroll = () => {
    const atEnd = outer.scrollHeight - outer.scrollTop - outer.clientHeight < nearPx;
    if (atEnd) set(true);
    else if (outer.scrollTop < top - 1) set(false);
    top = outer.scrollTop;
  };
  outer.addEventListener("scroll", onScroll, { passive: true });
  return () => outer.removeEventListener("scroll", onScroll);
}
