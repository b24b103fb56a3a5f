import { tokenize } from "@aloft/core/tables/text";

/** What the full-text table is given: every word once. Its tokenizer splits at spaces and changes nothing more. */
export function indexedText(text: string): string {
  return [...new Set(tokenize(text))].join(" ");
}
