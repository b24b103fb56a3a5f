import { writeSync } from "node:fs";
import { op } from "@aloft/core/ports/store";
import { openStore } from "../index.ts";
import { pairs } from "./tables.ts";

/*
 * A program that writes pairs until it is killed, or until it has written as many as it was told, and says of each, on
 * a line, that it was acknowledged. Arguments: database file, name of the writer, number of pairs.
 */

const [path = "", writer = "", count = "Infinity"] = process.argv.slice(2);
const clients = 16;
const store = await openStore({ type: "sqlite", path }, { tables: [pairs], schemaVersion: 1 });
let next = 1;

async function write(): Promise<void> {
  while (next <= Number(count)) {
    const number = next++;
    const pair = (["a", "b"] as const).map((side) => {
      return op.create(pairs, { writer, number, side, name: `${number}${side}` });
    });
    await store.transact(pair);
    writeSync(1, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: clients }, write));
await store.close();
