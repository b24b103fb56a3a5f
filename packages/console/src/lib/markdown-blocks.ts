const fence = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Cuts Markdown at blank lines outside of fenced code and of what is indented, so that text which only grows keeps
 * all blocks but the last.
 */
export function blocksOf(text: string): readonly string[] {
  const blocks: string[] = [];
  let block: string[] = [];
  let open: string | undefined;
  let blank = false;
  for (const line of text.split("\n")) {
    if (blank && open === undefined && block.length > 0 && /^\S/.test(line) && !continuesList(block, line)) {
      blocks.push(block.join("\n"));
      block = [];
    }
    const marker = fence.exec(line)?.[1];
    if (marker !== undefined) open = nextFence(open, marker, line);
    blank = line.trim() === "";
    block.push(line);
  }
  if (block.some((line) => line.trim() !== "")) blocks.push(block.join("\n"));
  return blocks;
}

function nextFence(open: string | undefined, marker: string, line: string): string | undefined {
  if (open === undefined) return marker;
  const closes = marker.startsWith(open) && line.trim() === marker;
  return closes ? undefined : open;
}

const item = /^(?:[-*+]|\d{1,9}[.)])\s/;

/** A list goes on over blank lines; cut there, its numbers and spacing would start anew. */
function continuesList(block: readonly string[], line: string): boolean {
  return item.test(block[0] ?? "") && item.test(line);
}
