import { expect, test } from "vitest";
import type { Message } from "../conversations/tables.ts";
import { addresses, bids, pickSpeakers } from "./bid.ts";

const ada = { id: "agt_ada", name: "Ada" };
const bob = { id: "agt_bob", name: "Bob Ray" };
const by = (id: string) => ({ author: { kind: "agent", id, name: id } }) as Message;
const speakers = (text: string, history: readonly Message[] = []) =>
  pickSpeakers(bids([ada, bob], { text }, history)).map(({ name }) => name);

test("[turns.bids] a name is addressed whole, in any case, and not inside a word", () => {
  expect(addresses("hi @ada!", "Ada")).toBe(true);
  expect(addresses("(@Bob Ray) please", "Bob Ray")).toBe(true);
  expect(addresses("mail ada@ada.example", "Ada")).toBe(false);
  expect(addresses("@adam", "Ada")).toBe(false);
  expect(addresses("@ada_2", "Ada")).toBe(false);
  expect(addresses("@adam and @ada", "Ada")).toBe(true);
});

test("[turns.bids] all that are addressed speak, else who spoke last, else the first", () => {
  expect(speakers("hello")).toEqual(["Ada"]);
  expect(speakers("hello", [by(bob.id), by(ada.id)])).toEqual(["Bob Ray"]);
  expect(speakers("@Ada hello", [by(bob.id)])).toEqual(["Ada"]);
  expect(speakers("@Ada @Bob Ray hello").toSorted()).toEqual(["Ada", "Bob Ray"]);
  expect(pickSpeakers(bids([], { text: "hello" }, []))).toEqual([]);
});
