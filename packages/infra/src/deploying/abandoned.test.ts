import { expect, test } from "vitest";
import { unusedParts } from "./abandoned.ts";

const app = { prefix: "chat-dev", region: "eu-central-1" };

test("[landing.compute.abandoned] what is turned off is looked for where it would be", () => {
  expect(unusedParts(app, [{ part: "Data" }, { part: "Monitoring" }])).toEqual([
    { name: "chat-dev-guard", region: "us-east-1" },
    { name: "chat-dev-access", region: "eu-central-1" },
  ]);
  expect(unusedParts(app, [{ part: "Guard" }, { part: "Monitoring" }, { part: "Access" }])).toEqual([]);
});
