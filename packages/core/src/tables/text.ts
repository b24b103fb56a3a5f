/** Rises when {@link tokenize} gives other tokens than before: indexes made with a lower number are built anew. */
export const tokenizerVersion = 1;

/** A word of a text, with where it stands in it, in UTF-16 units. */
export interface Word {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

/** Places in a text, as `[start, end)` in UTF-16 units, in order and apart from each other. */
export type Ranges = readonly (readonly [start: number, end: number])[];

/** A part of a text, with the places in it that were searched for. */
export interface Highlighted {
  readonly text: string;
  readonly highlights: Ranges;
}

const ascii = /^[\0-\x7f]*$/;
const wordRun = /[\p{L}\p{N}\p{M}]+/gu;
const notWord = /[^\p{L}\p{N}\p{M}]+/gu;
/** Marks that change how a letter is said, not which letter it is. Those of kana make another syllable. */
const accent = /[[\p{M}&&\p{Diacritic}]--[\u3099\u309a]]/gv;
/** Scripts that put no spaces between words. */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]/u;
/** Longer runs are data, not words; what is over is cut off, in texts and in searches alike. */
const maxTokenLength = 64;

let segmenter: Intl.Segmenter | undefined;

/**
 * The words of a text, folded so that equal words compare equal: case, accents and compatibility forms aside. Texts
 * are indexed and searched by the same tokens on every engine. Repeats are kept.
 */
export function tokenize(text: string): string[] {
  if (ascii.test(text))
    return (
      text
        .toLowerCase()
        .match(/[a-z0-9]+/g)
        ?.map(cut) ?? []
    );
  return wordsOf(text).map(({ token }) => token);
}

/** As {@link tokenize}, with where each word stands. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const keep = (run: string, start: number): void => {
    const token = cut(fold(run));
    if (token !== "") words.push({ token, start, end: start + run.length });
  };
  for (const { 0: run, index } of text.matchAll(wordRun)) {
    if (!unspaced.test(run)) keep(run, index);
    else for (const part of segment(run)) if (part.isWordLike === true) keep(part.segment, index + part.index);
  }
  return words;
}

/** Where words of the query stand in the text. */
export function highlight(text: string, query: string): Ranges {
  const sought = new Set(tokenize(query));
  if (sought.size === 0) return [];
  return wordsOf(text)
    .filter(({ token }) => sought.has(token))
    .map(({ start, end }) => [start, end] as const);
}

/**
 * A part of the text around the first of the ranges, cut between words where it can be, with "…" where something was
 * left out.
 * @param maxLength in UTF-16 units, not counting "…". Default 200.
 */
export function snippet(text: string, ranges: Ranges, maxLength = 200): Highlighted {
  if (text.length <= maxLength) return { text, highlights: ranges };
  const first = ranges[0]?.[0] ?? 0;
  const start =
    first <= maxLength / 2 ? 0 : wordStart(text, Math.min(first - maxLength / 4, text.length - maxLength), first);
  const end = start + maxLength >= text.length ? text.length : wordEnd(text, start + maxLength, start + maxLength / 2);
  const before = start === 0 ? "" : "…";
  const highlights = ranges
    .filter(([from, to]) => from >= start && to <= end)
    .map(([from, to]) => [from - start + before.length, to - start + before.length] as const);
  return { text: before + text.slice(start, end) + (end === text.length ? "" : "…"), highlights };
}

function fold(run: string): string {
  if (ascii.test(run)) return run.toLowerCase();
  return run
    .normalize("NFKD")
    .replace(accent, "")
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .normalize("NFKC")
    .replace(notWord, "");
}

function cut(token: string): string {
  return token.length <= maxTokenLength ? token : token.slice(0, maxTokenLength).toWellFormed().replace("\ufffd", "");
}

function segment(run: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("und", { granularity: "word" });
  return segmenter.segment(run);
}

/** The first beginning of a word from `from` on, or a place near it that splits no character. */
function wordStart(text: string, from: number, latest: number): number {
  const at = Math.floor(from);
  const space = text.slice(at, latest).search(/\s/);
  return space === -1 ? wholeCharacter(text, at) : at + space + 1;
}

/** The last end of a word before `to`, or a place near it that splits no character. */
function wordEnd(text: string, to: number, earliest: number): number {
  for (let i = to; i > earliest; i--) if (/\s/.test(text.charAt(i))) return i;
  return wholeCharacter(text, to);
}

function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

/** The text of an item that can be searched: every string within the attributes that are declared for it. */
export function searchTextOf(attributes: readonly string[], item: Readonly<Record<string, unknown>>): string {
  return attributes.map((attribute) => stringsIn(item[attribute])).join("\n");
}

function stringsIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.values(value).map(stringsIn).join("\n");
}
