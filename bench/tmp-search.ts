import { openStore } from "@aloft/adapters/store/index";
import { tables, schemaVersion } from "@aloft/core/tables";
import { messages } from "@aloft/core/conversations/tables";
import { messagesOf, conversationId } from "./data.ts";
const path = "/tmp/bench-search/x.sqlite";
import { existsSync } from "node:fs";
const s = await openStore({ type: "sqlite", path }, { tables, schemaVersion });
const C = Number(process.argv[2] ?? 1000);
if ((await s.scan(messages, { limit: 1 })).items.length === 0) {
  let t = performance.now();
  let pend = [];
  let n = 0;
  for (const m of messagesOf(C, 100000)) {
    pend.push(s.create(messages, m));
    if (pend.length === 2000) {
      await Promise.all(pend);
      pend = [];
    }
    n++;
  }
  await Promise.all(pend);
  console.log("load", (n / (performance.now() - t)) * 1000, "/s");
}
const words = ["the", "of", "in", "with", " koba", "the of and to", "ten", "baba", "the riten", "it fache"];
import { vocabulary } from "./data.ts";
const v = vocabulary(20000);
for (const scopes of [1, 10, 100, C]) {
  const list = Array.from({ length: scopes }, (_, i) => conversationId((i * 7) % C));
  for (const text of [
    v[0],
    v[3],
    v[14],
    v[50],
    v[200],
    v[1000],
    v[5000],
    v[19000],
    "the of and to",
    v[0] + " " + v[19000],
    v[300] + " " + v[301],
  ]) {
    const t = performance.now();
    let r;
    for (let i = 0; i < 3; i++) r = await s.search(messages, { text: text!, scopes: list });
    const d = (performance.now() - t) / 3;
    const t2 = performance.now();
    const r2 = r!.next ? await s.search(messages, { text: text!, scopes: list, cursor: r!.next }) : undefined;
    console.log(scopes, text, r!.items.length, d.toFixed(1), "ms", (performance.now() - t2).toFixed(1));
  }
}
await s.close();
