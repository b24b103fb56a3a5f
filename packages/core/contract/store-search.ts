import { expect, test } from "vitest";
import { op, storeLimits } from "../src/ports/store.ts";
import type { Trial } from "./store.ts";
import { expectCode, expectConflict, follow, freshName } from "./store-helpers.ts";
import { letters, notes, papers, things } from "./store-tables.ts";

export function searchPromises(trial: Trial): void {
  async function book(...bodies: string[]): Promise<string> {
    const name = freshName("book");
    for (const [i, body] of bodies.entries()) await trial.store.create(notes, { book: name, page: i + 1, body });
    return name;
  }
  const pagesWith = async (text: string, ...scopes: string[]): Promise<number[]> => {
    const { items } = await trial.store.search(notes, { text, scopes });
    return items.map((item) => item.page);
  };

  test("[store.search.words] finds the items that have all of the words, in any order and however often", async () => {
    const name = await book("the quick brown fox", "the lazy dog", "Quick! a dog, the (brown) one", "");
    expect(await pagesWith("quick", name)).toEqual([3, 1]);
    expect(await pagesWith("BROWN quick brown", name)).toEqual([3, 1]);
    expect(await pagesWith("the dog", name)).toEqual([3, 2]);
    expect(await pagesWith("quick lazy", name)).toEqual([]);
    expect(await pagesWith("qui", name)).toEqual([]);
    expect(await pagesWith("brown-fox", name)).toEqual([1]);
  });

  test("[store.search.attributes] finds words of every attribute that is declared for it", async () => {
    const name = freshName("book");
    await trial.store.create(notes, { book: name, page: 1, title: "Harbour", body: "ships" });
    expect(await pagesWith("harbour ships", name)).toEqual([1]);
  });

  const folded: readonly [name: string, text: string, query: string][] = [
    ["case", "HELLO wOrld", "hello WORLD"],
    ["accents", "Crème brûlée in Übach", "creme BRULEE ubach"],
    ["accents in either form", "re\u0301sume\u0301", "r\u00e9sum\u00e9"],
    ["sharp s", "große STRASSE", "GROSSE straße"],
    ["final sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσεύς"],
    ["Cyrillic", "Ёлка и Москва", "елка МОСКВА"],
    ["wide forms and ligatures", "ＡＢＣ１２３ ﬁnal", "abc123 final"],
    ["numbers", "order 66, room 101b", "66 101B"],
    ["Chinese", "我们明天去北京大学", "明天"],
    ["Japanese", "東京で働いています", "東京"],
    ["Thai", "ภาษาไทยสวยงาม", "สวยงาม"],
    ["Hindi", "नमस्ते दुनिया", "दुनिया"],
    ["Korean", "안녕하세요 세계", "세계"],
    ["Arabic", "مَرْحَبًا بالعالم", "مرحبا"],
    ["quotes and operators", 'say "NEAR" OR NOT * x:y', 'or not near " * ^ - : ( ) { } +'],
  ];
  test.each(folded)("[store.search.folding] %s", async (_, text, query) => {
    const name = await book("something else", text);
    expect(await pagesWith(query, name)).toEqual([2]);
  });

  test("[store.search.empty] a text without words finds nothing", async () => {
    const name = await book("a b c", "!!!");
    for (const text of ["", "  ", "!!!", '"', "*"]) expect(await pagesWith(text, name)).toEqual([]);
  });

  test("[store.search.scopes] finds nothing outside of the scopes, and everything in thousands of them", async () => {
    const one = await book("a needle here");
    const two = await book("hay", "another needle");
    expect(await pagesWith("needle", one)).toEqual([1]);
    expect((await trial.store.search(notes, { text: "needle", scopes: [one, two] })).items).toHaveLength(2);
    expect(await pagesWith("needle")).toEqual([]);
    expect(await pagesWith("needle", "", "no such book")).toEqual([]);
    const many = Array.from({ length: 5000 }, (_, i) => `no-book-${i}`);
    const { items } = await trial.store.search(notes, { text: "needle", scopes: [...many, two, one, two] });
    expect(items.map((item) => item.book).sort()).toEqual([one, two].sort());
  });

  test("[store.search.newest-first] results come by the table's key, descending, and page both ways", async () => {
    const { store } = trial;
    const shelf = freshName("shelf");
    const ids = Array.from({ length: 23 }, (_, i) => `${shelf}-${String(i).padStart(2, "0")}`);
    for (const id of [...ids].sort((a, b) => (a.slice(-1) < b.slice(-1) ? -1 : 1))) {
      await store.create(papers, { id, shelf, body: `common ${id.endsWith("7") ? "rare" : "plain"}` });
    }
    const search = (text: string) => (cursor?: string) =>
      store.search(papers, { text, scopes: [shelf], limit: 5, cursor });
    const found = await follow(search("common"));
    expect(found.map((item) => item.id)).toEqual([...ids].reverse());
    expect((await follow(search("rare"))).map((item) => item.id)).toEqual([ids[17], ids[7]]);
    const first = await search("common")();
    const second = await search("common")(first.next);
    expect(first.previous).toBeUndefined();
    expect((await search("common")(second.previous)).items).toEqual(first.items);
  });

  test("[store.search.newest] results come by the attribute declared, the largest first, and page both ways", async () => {
    const { store } = trial;
    const boxes = Array.from({ length: 12 }, () => freshName("box"));
    const boxOf = (n: number): string => boxes[(n * 7) % 12] ?? "";
    const count = 1200;
    for (let from = 0; from < count; from += 100) {
      const numbers = Array.from({ length: 100 }, (_, i) => from + i);
      await store.transact(
        numbers.map((n) => {
          const writtenAt = `day ${String(n).padStart(4, "0")}`;
          const body = n % 400 === 0 ? "rare word" : "word";
          return op.create(letters, { box: boxOf(n), number: count - n, writtenAt, body });
        }),
      );
    }
    const search = (text: string, scopes: readonly string[], limit: number) => (cursor?: string) =>
      store.search(letters, { text, scopes, limit, cursor });
    const found = async (text: string, scopes: readonly string[]) =>
      (await follow(search(text, scopes, 170))).map(({ number }) => count - number);
    const all = Array.from({ length: count }, (_, i) => count - 1 - i);
    const few = boxes.slice(0, 2);
    expect(await found("word", boxes)).toEqual(all);
    expect(await found("word", few)).toEqual(all.filter((n) => few.includes(boxOf(n))));
    expect(await found("rare", boxes)).toEqual([800, 400, 0]);
    const first = await search("word", boxes, 5)();
    const second = await search("word", boxes, 5)(first.next);
    expect((await search("word", boxes, 5)(second.previous)).items).toEqual(first.items);
  });

  test("[store.search.common] a word of thousands of items is found as a rare one is, within the scopes", async () => {
    const { store } = trial;
    const shelves = [freshName("shelf"), freshName("shelf"), freshName("shelf")] as const;
    const books = [freshName("book"), freshName("book"), freshName("book")] as const;
    for (let from = 0; from < 1500; from += 50) {
      const numbers = Array.from({ length: 50 }, (_, i) => from + i);
      await store.transact(
        numbers.flatMap((n) => {
          const body = n % 500 < 3 ? "ubiquitous and scarce" : "ubiquitous";
          const shelf = shelves[n % 3] ?? "";
          return [
            op.create(papers, { id: `${shelf}-${String(n).padStart(4, "0")}`, shelf, body }),
            op.create(notes, { book: books[n % 3] ?? "", page: n, body }),
          ];
        }),
      );
    }
    const [first, , third] = shelves;
    const find = (text: string) =>
      follow((cursor) => {
        return store.search(papers, { text, scopes: [third, first], limit: 400, cursor });
      });
    const expected = (among: (n: number) => boolean): string[] =>
      Array.from({ length: 1500 }, (_, n) => n)
        .filter((n) => n % 3 !== 1 && among(n))
        .map((n) => `${n % 3 === 0 ? first : third}-${String(n).padStart(4, "0")}`)
        .sort()
        .reverse();
    expect((await find("ubiquitous")).map((item) => item.id)).toEqual(expected(() => true));
    expect((await find("ubiquitous scarce")).map((item) => item.id)).toEqual(expected((n) => n % 500 < 3));
    const page = await store.search(notes, { text: "ubiquitous", scopes: [books[1]], limit: 3 });
    expect(page.items.map((item) => item.page)).toEqual([1498, 1495, 1492]);
    const next = await store.search(notes, { text: "ubiquitous", scopes: [books[1]], limit: 3, cursor: page.next });
    expect(next.items.map((item) => item.page)).toEqual([1489, 1486, 1483]);
    const back = await store.search(notes, { text: "ubiquitous", scopes: [books[1]], limit: 3, cursor: next.previous });
    expect(back.items).toEqual(page.items);
  });

  test("[store.search.follows] finds what is there now: changes and deletions count at once", async () => {
    const { store } = trial;
    const name = await book("alpha", "beta", "gamma");
    await store.update(notes, { book: name, page: 1 }, { set: { body: "beta omega" } });
    expect(await pagesWith("alpha", name)).toEqual([]);
    expect(await pagesWith("beta", name)).toEqual([2, 1]);
    await store.put(notes, { book: name, page: 2, body: "delta" });
    await store.delete(notes, { book: name, page: 3 });
    expect(await pagesWith("beta", name)).toEqual([1]);
    expect(await pagesWith("gamma", name)).toEqual([]);
    await store.update(notes, { book: name, page: 1 }, { set: { body: "" } });
    expect(await pagesWith("beta", name)).toEqual([]);
    await store.create(notes, { book: name, page: 3, body: "beta again" });
    expect(await pagesWith("beta", name)).toEqual([3]);
  });

  test("[store.search.scope-follows] an item that moves to another scope is found there", async () => {
    const { store } = trial;
    const [from, to] = [freshName("shelf"), freshName("shelf")];
    const id = freshName("paper");
    await store.create(papers, { id, shelf: from, body: "wanderer" });
    await store.update(papers, { id }, { set: { shelf: to } });
    const found = async (shelf: string): Promise<number> =>
      (await store.search(papers, { text: "wanderer", scopes: [shelf] })).items.length;
    expect([await found(from), await found(to)]).toEqual([0, 1]);
  });

  test("[store.search.rolled-back] a refused transaction leaves nothing to be found", async () => {
    const { store } = trial;
    const name = await book("steady");
    const call = store.transact([
      op.create(notes, { book: name, page: 9, body: "phantom" }),
      op.update(notes, { book: name, page: 1 }, { set: { body: "phantom" } }),
      op.check(notes, { book: name, page: 99 }, {}),
    ]);
    await expectConflict(call, { reason: "condition", table: notes, operation: 2 });
    expect(await pagesWith("phantom", name)).toEqual([]);
    expect(await pagesWith("steady", name)).toEqual([1]);
  });

  test("[store.search.refused] a table without search, or too many words, is refused", async () => {
    await expectCode(trial.store.search(things, { text: "x", scopes: ["x"] }), "invalid");
    const words = (count: number): string => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");
    const scopes = [freshName()];
    await expectCode(trial.store.search(notes, { text: words(storeLimits.maxSearchWords + 1), scopes }), "too_large");
    expect((await trial.store.search(notes, { text: words(storeLimits.maxSearchWords), scopes })).items).toEqual([]);
  });

  test("[store.search.cursor] a cursor of another search is refused", async () => {
    const { store } = trial;
    const name = await book("one two", "one two", "one two");
    const { next } = await store.search(notes, { text: "one", scopes: [name], limit: 1 });
    await expectCode(store.search(notes, { text: "two", scopes: [name], limit: 1, cursor: next }), "invalid_cursor");
    await expectCode(store.query(notes, { where: { book: name }, limit: 1, cursor: next }), "invalid_cursor");
    const more = await store.search(notes, { text: "ONE", scopes: [name], limit: 1, cursor: next });
    expect(more.items.map((item) => item.page)).toEqual([2]);
  });
}
