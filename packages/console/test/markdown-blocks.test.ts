import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import { blocksOf } from "../src/lib/markdown-blocks.ts";

const line = constantFrom("", "", "text", "  indented", "- item", "1. one", "```", "```ts", "~~~", "> quote", "# head");
const markdown = array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));

test("[console.chat.blocks] blocks are the text, cut: nothing is lost, doubled or moved", () => {
  assert(
    property(markdown, (text) => {
      expect(blocksOf(text).join("\n").trimEnd()).toBe(text.trimEnd());
    }),
  );
});

test("[console.chat.blocks] text that grows keeps every block but the last", () => {
  assert(
    property(markdown, markdown, (text, more) => {
      const before = blocksOf(text).slice(0, -1);
      expect(blocksOf(text + more).slice(0, before.length)).toEqual(before);
    }),
  );
});

test("[console.chat.blocks] code, lists and what is indented are not cut in two", () => {
  const code = "```js\nlet a;\n\nlet b;\n```";
  const list = "1. one\n\n2. two\n\n   still two";
  expect(blocksOf(`Before\n\n${code}\n\nbetween\n\n${list}\n\nafter`)).toEqual([
    "Before\n",
    `${code}\n`,
    "between\n",
    `${list}\n`,
    "after",
  ]);
  expect(blocksOf("````\n```\n\nstill code\n````\n\nafter")).toHaveLength(2);
});
