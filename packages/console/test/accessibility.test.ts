import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import { begin, composer, type Console, eventually, message, openConsole, openTab } from "./support/console.ts";

const hasChromium = await available("the console's tests in a browser", findChromium);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What keeps some people from using the page as it is now, one line each. */
async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  await page.waitForTimeout(300);
  const violations = await page.evaluate<Violation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
}

describe.runIf(hasChromium)("for everybody", () => {
  let console: Console;
  let conversation: string;
  beforeAll(async () => {
    console = await openConsole();
    await using tab = await console.signedIn();
    conversation = await begin(tab.page, "think, then use current_time");
    await message(tab.page, 2).waitFor();
    await console.backend.owner.post(`/api/v1/conversations/${conversation}/messages`, {
      text: 'reply with "# Title\n\nText with `code` and a [link](https://example.com)\n\n```js\nlet a = 1;\n```"',
    });
    await message(tab.page, 4).waitFor();
    await console.backend.owner.post(`/api/v1/conversations/${conversation}/messages`, {
      text: "fail with model_timeout",
    });
    await message(tab.page, 6).waitFor();
    await console.backend.owner.post("/api/v1/keys", { name: "Report", scopes: ["agents:read"] });
  }, 60_000);
  afterAll(() => console[Symbol.asyncDispose]());

  const pages: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    "the start page": (page) => composer(page).waitFor(),
    "a conversation": async (page) => {
      await page.goto(`${console.backend.url}/conversations/${conversation}`);
      await message(page, 6).waitFor();
      await message(page, 2)
        .getByRole("button", { name: /current_time/ })
        .click();
    },
    agents: async (page) => {
      await page.goto(`${console.backend.url}/agents`);
      await page.getByRole("link", { name: "Guide" }).waitFor();
    },
    "an agent, refused": async (page) => {
      await page.goto(`${console.backend.url}/agents/new`);
      await page.getByRole("button", { name: "Create agent" }).click();
      await page.locator("[aria-invalid=true]").waitFor();
    },
    "a new key": async (page) => {
      await page.goto(`${console.backend.url}/keys`);
      await page.getByRole("heading", { name: "Report" }).waitFor();
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByRole("dialog").waitFor();
    },
    keys: async (page) => {
      await page.goto(`${console.backend.url}/keys`);
      await page.getByRole("heading", { name: "Report" }).waitFor();
    },
    settings: async (page) => {
      await page.goto(`${console.backend.url}/settings`);
      await page.getByText("this browser", { exact: true }).waitFor();
    },
    "the organization": async (page) => {
      await page.goto(`${console.backend.url}/settings/organization`);
      await page.getByText("(you)").waitFor();
    },
    search: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Search messages" }).fill("title");
      await page.getByRole("option").first().waitFor();
    },
    "a menu": async (page) => {
      await page.getByRole("button", { name: /Your menu, Owner/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    },
  };

  for (const dark of [false, true]) {
    test(`[console.accessible] nothing serious stands in anybody's way, ${dark ? "dark" : "light"}`, async () => {
      const found: Record<string, readonly string[]> = {};
      await using tab = await console.signedIn({ dark });
      for (const [name, open] of Object.entries(pages)) {
        await tab.page.goto(console.backend.url);
        await composer(tab.page).waitFor();
        await open(tab.page);
        found[name] = await barriers(tab.page);
      }
      await using outside = await openTab(console.browser, { dark });
      await outside.page.goto(console.backend.url);
      await outside.page.getByRole("heading", { name: "Sign in to Aloft" }).waitFor();
      found["signed out"] = await barriers(outside.page);
      expect(Object.entries(found).filter(([, all]) => all.length > 0)).toEqual([]);
    }, 60_000);
  }

  test("[console.keyboard] a conversation is begun and left again without a pointer, and replies are announced", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await page.keyboard.press("Control+Shift+O");
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    expect(await composer(page).inputValue()).toBe("First line\nsecond line");
    await page.keyboard.press("Enter");
    await message(page, 2).waitFor();
    const announced = page.locator("[data-announcer]");
    await eventually(
      () => announced.innerText(),
      (text) => text.includes("Guide: I am the offline model"),
    );
    expect(await announced.getAttribute("aria-live")).toBe("polite");
    await eventually(
      () => composer(page).evaluate((e) => e === document.activeElement),
      (focused) => focused,
    );
  });
});
