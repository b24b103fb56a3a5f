import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, type Ready, readyLine, runAloft } from "../../../test/support/child.ts";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import { begin, composer, eventually, launch, live, message, messages, openTab, say } from "./support/console.ts";

const hasChromium = await available("the console's tests in a browser", findChromium);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

interface Up {
  readonly child: Child;
  readonly ready: Ready;
}

describe.runIf(hasChromium)("when the server goes away", () => {
  let browser: Browser;
  let dataDir: string;
  let port: number;
  let up: Up;
  const start = async (): Promise<Up> => {
    const child = runAloft(["up", "--json", "--port", String(port), "--data", dataDir]);
    return { child, ready: await readyLine(child) };
  };
  beforeAll(async () => {
    browser = await launch();
    dataDir = await mkdtemp(join(tmpdir(), "aloft-console-"));
    port = await freePort();
    up = await start();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await up.child.stop("SIGKILL");
    await rm(dataDir, { recursive: true, force: true });
  });

  test("[console.chat.reconnect] the page comes back to it, shows the reply that was cut off, and asks again", async () => {
    await using tab = await openTab(browser);
    await tab.page.goto(up.ready.signInUrl);
    await composer(tab.page).waitFor();
    await begin(tab.page, "count to 5000");
    await eventually(
      () => live(tab.page).innerText(),
      (text) => text.includes(" 20 "),
    );
    await up.child.stop("SIGKILL");
    await tab.page.getByText("Reconnecting…").waitFor();
    await composer(tab.page).fill("Written while it was away");
    up = await start();
    await message(tab.page, 2).getByText("The server stopped before this reply was finished").waitFor();
    await tab.page.getByText("Reconnecting…").waitFor({ state: "detached" });
    expect(await live(tab.page).count()).toBe(0);
    expect(await tab.page.getByRole("button", { name: "Stop the reply" }).count()).toBe(0);
    expect(await composer(tab.page).inputValue()).toBe("Written while it was away");

    await message(tab.page, 2).getByRole("button", { name: "Retry" }).click();
    await live(tab.page).waitFor();
    await tab.page.getByRole("button", { name: "Stop the reply" }).click();
    await message(tab.page, 3).getByText("Stopped").waitFor();
    await say(tab.page, "count to 7");
    await message(tab.page, 5).getByText("1 2 3 4 5 6 7").waitFor();
    expect(await messages(tab.page).count()).toBe(5);
  }, 40_000);

  test("[console.unreachable] a page opened while the server is away says so, and goes on when it is back", async () => {
    await using tab = await openTab(browser);
    await tab.page.goto(`${up.ready.url}/auth/link?token=none`);
    await tab.context.route("**/api/v1/me", (route) => route.abort("connectionrefused"));
    await tab.page.goto(up.ready.url);
    await tab.page.getByText("The server does not answer").waitFor();
    await tab.context.unroute("**/api/v1/me");
    await tab.page.getByRole("button", { name: "Try again" }).click();
    await tab.page.getByRole("heading", { name: "Sign in to Aloft" }).waitFor();
  });
});
