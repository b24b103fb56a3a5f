import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Backend, startBackend } from "../../../server/test/support/backend.ts";
import { findChromium } from "./chromium.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const waitMs = 10_000;

export interface Tab extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of: errors of scripts, and breaches of the content security policy. */
  readonly complaints: readonly string[];
  /** Another tab of the same browser window, signed in as this one is. */
  another(): Promise<Page>;
}

export interface TabOptions {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
}

const buildScript = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url));

/** A browser, with the console built from the sources as they are. */
export async function launch(): Promise<Browser> {
  await promisify(execFile)(process.execPath, [buildScript]);
  return chromium.launch({ executablePath: findChromium(), headless: true, args: flags });
}

/** A browser window that nobody is signed in to. */
export async function openTab(browser: Browser, options: TabOptions = {}): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1200, height: options.height ?? 800 },
    colorScheme: options.dark === true ? "dark" : "light",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(waitMs);
  const complaints: string[] = [];
  const another = async () => {
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    return page;
  };
  return {
    page: await another(),
    context,
    complaints,
    another,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

export interface Console extends AsyncDisposable {
  readonly backend: Backend;
  readonly browser: Browser;
  /** A window in which the owner is signed in, showing the start page. */
  signedIn(options?: TabOptions): Promise<Tab>;
}

/** The built console on a server of its own, and a browser. */
export async function openConsole(): Promise<Console> {
  await using opened = new AsyncDisposableStack();
  const backend = opened.use(await startBackend());
  const browser = opened.adopt(await launch(), (one) => one.close());
  const owned = opened.move();
  return {
    backend,
    browser,
    async signedIn(options) {
      const tab = await openTab(browser, options);
      await tab.page.goto(await backend.server.createSignInLink());
      await composer(tab.page).waitFor();
      return tab;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const composer = (page: Page) => page.getByRole("textbox", { name: "Message", exact: true });
/** The reply under way. */
export const live = (page: Page) => page.locator("[data-live]");
export const messages = (page: Page) => page.locator("[data-sequence]");
export const message = (page: Page, sequence: number) => page.locator(`[data-sequence="${sequence}"]`);

export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Begins a conversation with the agent that is picked, and waits until it has an address. */
export async function begin(page: Page, text: string): Promise<string> {
  await page.getByRole("link", { name: "New conversation" }).click();
  await say(page, text);
  await page.waitForURL(/\/conversations\/cnv_/);
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** Waits until what `read` gives, holds. */
export async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
