import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import { begin, composer, type Console, eventually, message, openConsole } from "./support/console.ts";

const hasChromium = await available("the console's tests in a browser", findChromium);

describe.runIf(hasChromium)("the other pages", () => {
  let console: Console;
  beforeAll(async () => {
    console = await openConsole();
  }, 60_000);
  afterAll(() => console[Symbol.asyncDispose]());

  test("[console.agents.edit] an agent is created, talked with, changed and deleted", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await page.getByRole("link", { name: "Agents" }).click();
    await page.getByRole("link", { name: "New agent" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Clockmaker");
    await page.getByRole("textbox", { name: /Description/ }).fill("Tells the time");
    await page.getByRole("textbox", { name: /Instructions/ }).fill("You tell the time.");
    await page.getByRole("checkbox", { name: /current_time/ }).check();
    await page.getByRole("button", { name: "Create agent" }).click();
    await page.getByRole("button", { name: /Clockmaker/, pressed: true }).waitFor();
    await begin(page, "use current_time");
    await message(page, 2)
      .getByRole("button", { name: /current_time/ })
      .waitFor();

    await page.getByRole("link", { name: "Agents" }).click();
    await page.getByRole("link", { name: "Clockmaker" }).click();
    await page.getByRole("combobox", { name: "Model" }).selectOption("offline/aloft");
    await page.getByRole("spinbutton", { name: "Steps" }).fill("3");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved.").waitFor();
    const { body } = await console.backend.owner.get("/api/v1/agents");
    expect(body.items[0]).toMatchObject({
      name: "Clockmaker",
      description: "Tells the time",
      instructions: "You tell the time.",
      model: "offline/aloft",
      tools: ["current_time"],
      maxSteps: 3,
    });
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/agents$/);
    await page.getByRole("link", { name: "Clockmaker" }).waitFor({ state: "detached" });
    expect((await console.backend.owner.get(`/api/v1/agents/${body.items[0].id}`)).status).toBe(404);
    expect(tab.complaints).toEqual([]);
  });

  test("[console.agents.faults] what the server refuses is said at the field it is about", async () => {
    await using tab = await console.signedIn();
    await tab.page.goto(`${console.backend.url}/agents/new`);
    await tab.page.getByRole("textbox", { name: /Description/ }).fill("x".repeat(501));
    await tab.page.getByRole("spinbutton", { name: "Steps" }).fill("99");
    await tab.page.getByRole("button", { name: "Create agent" }).click();
    const faulty = tab.page.locator("[aria-invalid=true]");
    await faulty.first().waitFor();
    expect(await faulty.count()).toBe(3);
    for (const field of await faulty.all()) {
      const ids = (await field.getAttribute("aria-describedby")) ?? "";
      const fault = tab.page.locator(`[id="${ids.split(" ").at(-1) ?? ""}"]`);
      expect((await fault.innerText()).length).toBeGreaterThan(5);
    }
    await tab.page.getByText("Not saved: see what is marked above.").waitFor();
  });

  test("[console.agents.conflict] an agent that was changed elsewhere is not overwritten", async () => {
    const made = await console.backend.owner.post("/api/v1/agents", { name: "Shared" });
    const path = `/api/v1/agents/${made.body.id}`;
    await using tab = await console.signedIn();
    await tab.page.goto(`${console.backend.url}/agents/${made.body.id}`);
    await tab.page.getByRole("textbox", { name: "Name" }).fill("Mine");
    await console.backend.owner.request("PATCH", path, { name: "Theirs" });
    await tab.page.getByRole("button", { name: "Save changes" }).click();
    await tab.page.getByText("changed elsewhere").waitFor();
    expect((await console.backend.owner.get(path)).body.name).toBe("Theirs");
    expect(await tab.page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Mine");
    await tab.page.getByRole("button", { name: "Reload" }).click();
    await eventually(
      () => tab.page.getByRole("textbox", { name: "Name" }).inputValue(),
      (name) => name === "Theirs",
    );
    await tab.page.getByRole("textbox", { name: "Name" }).fill("Ours");
    await tab.page.getByRole("button", { name: "Save changes" }).click();
    await tab.page.getByText("Saved.").waitFor();
    expect((await console.backend.owner.get(path)).body.name).toBe("Ours");
  });

  test("[console.search] messages are found by their words, which are marked, and shown where they were said", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    const id = await begin(page, "The heron nests by the river");
    await message(page, 2).waitFor();
    for (let i = 0; i < 60; i++) {
      await console.backend.owner.post("/api/v1/conversations", { title: "" });
    }
    await page.goto(console.backend.url);
    await composer(page).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search messages" }).fill("heron river");
    const first = page.getByRole("option").last();
    await first.waitFor();
    expect((await first.locator("mark").allInnerTexts()).map((word) => word.toLowerCase())).toEqual(["heron", "river"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/conversations/${id}\\?message=1`));
    await message(page, 1).getByText("The heron nests").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search messages" }).fill("zyzzyva");
    await page.getByText("No message holds all of these words.").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("[console.search.far] a message far back in its conversation is loaded and brought into sight", async () => {
    const made = await console.backend.owner.post("/api/v1/conversations", { title: "Long ago" });
    const path = `/api/v1/conversations/${made.body.id}/messages`;
    await console.backend.owner.post(path, { text: "The first kingfisher" });
    for (let i = 0; i < 130; i++) await console.backend.owner.post(path, { text: `Filler ${i}` });
    await using tab = await console.signedIn();
    await tab.page.goto(`${console.backend.url}/conversations/${made.body.id}?message=1`);
    await message(tab.page, 1).waitFor();
    await eventually(
      () => message(tab.page, 1).evaluate((e) => e.getBoundingClientRect().top),
      (top) => top > 0 && top < 800,
    );
  });

  test("[console.keys] a key is made, shown once, works, and is revoked", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await page.getByRole("link", { name: "API keys" }).click();
    await page.getByRole("button", { name: "New key" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create key" }).click();
    await dialog.locator("[aria-invalid=true]").waitFor();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Nightly");
    await dialog.getByRole("button", { name: "Create key" }).click();
    const secret = await dialog.locator("code").first().innerText();
    expect(secret).toMatch(/^aloft_key_/);
    await dialog.getByRole("button", { name: "Copy key" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(secret);
    await dialog.getByRole("button", { name: "I have copied it" }).click();
    await page.getByRole("heading", { name: "Nightly" }).waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    const asKey = console.backend.client({ authorization: `Bearer ${secret}` });
    expect((await asKey.get("/api/v1/agents")).status).toBe(200);
    await page.getByRole("button", { name: "Revoke Nightly" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("heading", { name: "No API keys" }).waitFor();
    expect((await asKey.get("/api/v1/agents")).status).toBe(401);
  });

  test("[console.profile] name and theme are changed, and stay", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Ada Owner");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: /Your menu, Ada Owner/ }).waitFor();
    const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByRole("radio", { name: "Dark" }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: /Your menu, Ada Owner/ }).waitFor();
    expect(await background()).toBe(dark);
    await console.backend.owner.request("PATCH", "/api/v1/me", { name: "Owner" });
  });

  test("[console.gone] an address that leads nowhere says so", async () => {
    await using tab = await console.signedIn();
    await tab.page.goto(`${console.backend.url}/no/such/page`);
    await tab.page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await tab.page.goto(`${console.backend.url}/conversations/cnv_none`);
    await tab.page.getByRole("heading", { name: "There is no such conversation" }).waitFor();
    await tab.page.goto(`${console.backend.url}/agents/agt_none`);
    await tab.page.getByRole("heading", { name: "There is no such agent" }).waitFor();
  });

  test("[console.broken] a page that breaks leaves the rest standing, and can be tried again", async () => {
    await using tab = await console.signedIn();
    await tab.context.route("**/api/v1/keys?*", (route) => route.fulfill({ json: { items: [{}], next: null } }));
    await tab.page.getByRole("link", { name: "API keys" }).click();
    await tab.page.getByRole("heading", { name: "Something broke on this page" }).waitFor();
    await tab.page.getByRole("link", { name: "Agents" }).click();
    await tab.page.getByRole("link", { name: "Guide" }).waitFor();
    await tab.context.unroute("**/api/v1/keys?*");
    await tab.page.reload();
    await tab.page.getByRole("link", { name: "API keys" }).click();
    await tab.page.getByRole("heading", { name: "No API keys" }).waitFor();
  });

  test("[console.mobile] on a small screen the sidebar slides in, and leaves when something is picked", async () => {
    await using tab = await console.signedIn({ width: 390, height: 780 });
    for (const path of ["/", "/agents", "/keys", "/settings"]) {
      await tab.page.goto(console.backend.url + path);
      await tab.page.getByRole("button", { name: "Open the sidebar" }).click();
      await tab.page.getByRole("dialog", { name: "Sidebar" }).getByRole("link", { name: "Agents" }).click();
      await tab.page.waitForURL(/\/agents$/);
      await eventually(
        () => tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
        (fits) => fits === true,
      );
      if (path !== "/agents") await tab.page.getByRole("dialog", { name: "Sidebar" }).waitFor({ state: "detached" });
      else await tab.page.keyboard.press("Escape");
    }
  });
});
