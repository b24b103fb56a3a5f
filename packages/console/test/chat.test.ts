import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import {
  begin,
  composer,
  type Console,
  eventually,
  live,
  message,
  messages,
  openConsole,
  say,
} from "./support/console.ts";

const hasChromium = await available("the console's tests in a browser", findChromium);

describe.runIf(hasChromium)("a conversation", () => {
  let console: Console;
  beforeAll(async () => {
    console = await openConsole();
  }, 60_000);
  afterAll(() => console[Symbol.asyncDispose]());

  test("[console.chat.stream] the reply is seen growing, and is then the message that is stored", async () => {
    await using tab = await console.signedIn();
    const id = await begin(tab.page, "count to 200");
    const early = await eventually(
      () => live(tab.page).innerText(),
      (text) => text.includes(" 5 "),
    );
    expect(early).not.toContain("200");
    const later = await eventually(
      () => live(tab.page).innerText(),
      (text) => text.length > early.length,
    );
    expect(later.length).toBeGreaterThan(early.length);
    await message(tab.page, 2).waitFor();
    await live(tab.page).waitFor({ state: "detached" });
    expect(await message(tab.page, 2).innerText()).toContain("198 199 200");
    expect(await messages(tab.page).count()).toBe(2);
    const stored = await console.backend.owner.get(`/api/v1/conversations/${id}/messages/2`);
    expect(stored.body).toMatchObject({ status: "complete", replyTo: 1 });
    expect(tab.complaints).toEqual([]);
  });

  test("[console.chat.stop] a reply is stopped in the middle, keeps what had come, and can be asked for again", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "count to 500");
    await eventually(
      () => live(tab.page).innerText(),
      (text) => text.includes(" 20 "),
    );
    await tab.page.getByRole("button", { name: "Stop the reply" }).click();
    await message(tab.page, 2).getByText("Stopped").waitFor();
    const stopped = await message(tab.page, 2).innerText();
    expect(stopped).toContain(" 20 ");
    expect(stopped).not.toContain("500");
    expect(await tab.page.getByRole("button", { name: "Stop the reply" }).count()).toBe(0);
    await message(tab.page, 2).getByRole("button", { name: "Retry" }).click();
    await live(tab.page).waitFor();
    expect(await message(tab.page, 2).getByRole("button", { name: "Retry" }).count()).toBe(0);
    await tab.page.getByRole("button", { name: "Stop the reply" }).click();
    await message(tab.page, 3).getByText("Stopped").waitFor();
  });

  test("[console.chat.retry] a failed reply says why, and is retried from there", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "fail with model_overloaded after 3");
    const failed = message(tab.page, 2);
    await failed.getByText("failed with model_overloaded").waitFor();
    expect(await failed.innerText()).toContain("1 2 3");
    await failed.getByRole("button", { name: "Retry" }).click();
    await message(tab.page, 3).getByText("failed with model_overloaded").waitFor();
    expect(await tab.page.getByRole("button", { name: "Retry" }).count()).toBe(1);
  });

  test("[console.chat.reload] a reload shows all of it again, also in the middle of a reply", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, 'reply with "A **bold** word"');
    await message(tab.page, 2).locator("strong").waitFor();
    await say(tab.page, "count to 300");
    await eventually(
      () => live(tab.page).innerText(),
      (text) => text.includes(" 20 "),
    );
    await tab.page.reload();
    await message(tab.page, 2).locator("strong").waitFor();
    await eventually(
      () => live(tab.page).innerText(),
      (text) => /\b1 2 3\b.* 40 /s.test(text),
    );
    await message(tab.page, 4).waitFor();
    expect(await message(tab.page, 4).innerText()).toContain("299 300");
    expect(await messages(tab.page).count()).toBe(4);
  });

  test("[console.chat.tabs] two tabs see the same stream", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "Hello");
    await message(tab.page, 2).waitFor();
    const other = await tab.another();
    await other.goto(tab.page.url());
    await message(other, 2).waitFor();
    await say(tab.page, "count to 150");
    await eventually(
      () => live(other).innerText(),
      (text) => text.includes(" 5 "),
    );
    await message(other, 4).waitFor();
    expect(await message(other, 3).innerText()).toContain("count to 150");
    const texts = await Promise.all([tab.page, other].map((page) => message(page, 4).locator("p").innerText()));
    expect(texts[0]).toBe(texts[1]);
    expect(await messages(tab.page).count()).toBe(await messages(other).count());
  });

  test("[console.chat.once] a message whose answer was lost is sent again, and stands there once", async () => {
    await using tab = await console.signedIn();
    const id = await begin(tab.page, "Hello");
    await message(tab.page, 2).waitFor();
    const answers: (string | undefined)[] = [];
    await tab.context.route("**/messages", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      const response = await route.fetch();
      answers.push(response.headers()["idempotency-replayed"]);
      return answers.length === 1 ? route.abort("connectionreset") : route.fulfill({ response });
    });
    await say(tab.page, "Only once, please");
    await eventually(
      async () => answers.length,
      (count) => count === 2,
    );
    expect(answers).toEqual([undefined, "true"]);
    await message(tab.page, 4).waitFor();
    await tab.page.locator("[data-unsent]").waitFor({ state: "detached" });
    const { body } = await console.backend.owner.get(`/api/v1/conversations/${id}/messages?order=asc`);
    const authors = body.items.map((one: { author: { kind: string } }) => one.author.kind);
    expect(authors).toEqual(["user", "agent", "user", "agent"]);
    expect(await tab.page.getByText("Only once, please", { exact: true }).count()).toBe(1);
  });

  test("[console.chat.draft] what could not be sent is kept, over a reload too, and goes out when asked", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "Hello");
    await message(tab.page, 2).waitFor();
    const refuse = async (route: {
      request(): { method(): string };
      fallback(): unknown;
      fulfill(o: object): unknown;
    }) => {
      if (route.request().method() !== "POST") return route.fallback();
      const problem = {
        type: "/problems/forbidden",
        title: "Not allowed",
        status: 403,
        code: "forbidden",
        detail: "Not now.",
        requestId: "r",
      };
      return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) });
    };
    await tab.context.route("**/messages", refuse);
    await say(tab.page, "A long thought");
    const unsent = tab.page.locator("[data-unsent]");
    await unsent.getByText("Not sent. Not now.").waitFor();
    await unsent.getByRole("button", { name: "Edit" }).click();
    expect(await composer(tab.page).inputValue()).toBe("A long thought");
    await composer(tab.page).press("Enter");
    await unsent.getByRole("button", { name: "Send again" }).waitFor();
    await composer(tab.page).fill("And a draft");
    await tab.context.unroute("**/messages", refuse);
    await tab.page.reload();
    await message(tab.page, 4).waitFor();
    expect(await message(tab.page, 3).innerText()).toContain("A long thought");
    expect(await composer(tab.page).inputValue()).toBe("And a draft");
  });

  test("[console.chat.tools] the tools used are listed, and unfold to what went in and what came out", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "think, then use current_time");
    const reply = message(tab.page, 2);
    await reply.waitFor();
    await tab.page.getByRole("button", { name: "Stop the reply" }).waitFor({ state: "detached" });
    const tool = reply.getByRole("button", { name: /current_time/ });
    expect(await reply.getByText("Output").count()).toBe(0);
    await tool.click();
    await reply.getByText("Output").waitFor();
    expect(await reply.locator("pre").last().innerText()).toMatch(/"utc": "\d{4}-/);
    await reply.getByRole("button", { name: "Thoughts" }).click();
    await reply.getByText("The offline model thinks").waitFor();
  });

  test("[console.chat.markdown] Markdown is shown as such, and nothing in it runs or is fetched", async () => {
    await using tab = await console.signedIn();
    const fetched: string[] = [];
    tab.page.on("request", (request) => fetched.push(new URL(request.url()).host));
    const text = [
      "## Title",
      "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>",
      "![pixel](https://tracker.example/p.png)",
      "[bad](javascript:window.ran=3) and [good](https://example.com)",
      "```js\nconst copied = 1;\n```",
    ].join("\n\n");
    await begin(tab.page, `reply with "${text}"`);
    const reply = message(tab.page, 2);
    await reply.getByRole("heading", { name: "Title" }).waitFor();
    expect(await tab.page.evaluate("window.ran")).toBeUndefined();
    expect(await reply.locator("img, script").count()).toBe(0);
    expect(await reply.getByRole("link", { name: "good" }).getAttribute("rel")).toContain("noopener");
    expect(await reply.getByText("bad", { exact: true }).getAttribute("href")).not.toMatch(/javascript/);
    await reply.getByRole("button", { name: "Copy code" }).click();
    expect(await tab.page.evaluate("navigator.clipboard.readText()")).toContain("const copied = 1;");
    expect([...new Set(fetched)]).toEqual([new URL(console.backend.url).host]);
    expect(tab.complaints).toEqual([]);
  });

  test("[console.chat.scroll] the newest stays in sight until the reader scrolls up, and older ones load there", async () => {
    await using tab = await console.signedIn();
    const made = await console.backend.owner.post("/api/v1/conversations", { title: "A long one" });
    const path = `/api/v1/conversations/${made.body.id}/messages`;
    for (let i = 1; i <= 95; i++) await console.backend.owner.post(path, { text: `Note ${i}\n\n\nwith room below` });
    await tab.page.goto(`${console.backend.url}/conversations/${made.body.id}`);
    await message(tab.page, 95).waitFor();
    const list = tab.page.locator("[data-messages]");
    const fromEnd = () => list.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
    expect(await eventually(fromEnd, (left) => left < 4)).toBeLessThan(4);
    expect(await messages(tab.page).count()).toBeLessThan(95);

    await list.hover();
    await tab.page.mouse.wheel(0, -1500);
    await tab.page.getByRole("button", { name: "Latest" }).and(tab.page.locator(":not([aria-hidden=true])")).waitFor();
    const before = await list.evaluate((e) => e.scrollTop);
    await console.backend.owner.post(path, { text: "Said while you read" });
    await message(tab.page, 96).waitFor();
    expect(Math.abs((await list.evaluate((e) => e.scrollTop)) - before)).toBeLessThan(4);

    const shown = await messages(tab.page).count();
    const anchor = await list.evaluate((e) => {
      e.scrollTop = 400;
      const seen = [...e.querySelectorAll("[data-sequence]")].map((m) => ({
        sequence: Number(m.getAttribute("data-sequence")),
        top: m.getBoundingClientRect().top,
      }));
      return seen.find(({ top }) => top > 100) ?? { sequence: 0, top: 0 };
    });
    await eventually(
      () => messages(tab.page).count(),
      (count) => count > shown,
    );
    const top = await message(tab.page, anchor.sequence).evaluate((e) => e.getBoundingClientRect().top);
    expect(Math.abs(top - anchor.top)).toBeLessThan(4);

    for (let i = 0; i < 30 && (await message(tab.page, 1).count()) === 0; i++) {
      await tab.page.mouse.wheel(0, -2500);
      await tab.page.waitForTimeout(60);
    }
    await message(tab.page, 1).waitFor();
    const sequences = await messages(tab.page).evaluateAll((all) => all.map((e) => Number(e.dataset["sequence"])));
    expect(sequences).toEqual(Array.from({ length: 96 }, (_, i) => i + 1));
    await tab.page.getByRole("button", { name: "Latest" }).click();
    expect(await eventually(fromEnd, (left) => left < 4)).toBeLessThan(4);
  });

  test("[console.chat.list] conversations are listed by day, renamed, and deleted once that is confirmed", async () => {
    await using tab = await console.signedIn();
    const id = await begin(tab.page, "Something to remember");
    const list = tab.page.getByRole("navigation", { name: "Conversations" });
    await list.getByRole("link", { name: "Something to remember" }).waitFor();
    expect(await list.getByRole("heading").first().innerText()).toBe("Today");
    await tab.page.getByRole("button", { name: "Conversation menu" }).click();
    await tab.page.getByRole("menuitem", { name: "Rename" }).click();
    await tab.page.getByRole("textbox", { name: "Title" }).fill("Remembered");
    await tab.page.keyboard.press("Enter");
    await list.getByRole("link", { name: "Remembered" }).waitFor();
    await list.getByRole("link", { name: "Remembered" }).hover();
    await list.getByRole("button", { name: "Menu of Remembered" }).click();
    await tab.page.getByRole("menuitem", { name: "Delete" }).click();
    const confirm = tab.page.getByRole("alertdialog");
    await confirm.getByRole("button", { name: "Cancel" }).click();
    expect((await console.backend.owner.get(`/api/v1/conversations/${id}`)).status).toBe(200);
    await list.getByRole("link", { name: "Remembered" }).hover();
    await list.getByRole("button", { name: "Menu of Remembered" }).click();
    await tab.page.getByRole("menuitem", { name: "Delete" }).click();
    await confirm.getByRole("button", { name: "Delete" }).click();
    await confirm.waitFor({ state: "detached" });
    await list.getByRole("link", { name: "Remembered" }).waitFor({ state: "detached" });
    expect((await console.backend.owner.get(`/api/v1/conversations/${id}`)).status).toBe(404);
    expect(new URL(tab.page.url()).pathname).toBe("/");
  });

  test("[console.chat.gone] a conversation that is deleted elsewhere is left, and says so", async () => {
    await using tab = await console.signedIn();
    const id = await begin(tab.page, "Not for long");
    await message(tab.page, 2).waitFor();
    await console.backend.owner.request("DELETE", `/api/v1/conversations/${id}`);
    await tab.page.getByText("This conversation was deleted").waitFor();
    await composer(tab.page).waitFor();
    expect(new URL(tab.page.url()).pathname).toBe("/");
    await tab.page.getByRole("link", { name: "Not for long" }).waitFor({ state: "detached" });
  });

  test("[console.chat.offline-hint] the offline model is named, with the variables that replace it", async () => {
    await using tab = await console.signedIn();
    const hint = tab.page.getByText("offline model").first();
    await hint.waitFor();
    await tab.page.getByText("ANTHROPIC_API_KEY").first().waitFor();
    await tab.page.getByRole("button", { name: "Hide this hint" }).click();
    expect(await hint.count()).toBe(0);
    await begin(tab.page, "Hello");
    await message(tab.page, 2).waitFor();
    expect(await tab.page.getByRole("button", { name: "Hide this hint" }).count()).toBe(0);
  });
});
