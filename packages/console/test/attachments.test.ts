import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import { begin, composer, type Console, message, openConsole } from "./support/console.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const files = (page: Page) => page.getByLabel("Files", { exact: true });
const toSend = (page: Page) => page.getByRole("list", { name: "Files to send" });
const sendButton = (page: Page) => page.getByRole("button", { name: "Send", exact: true });
const image = { name: "dot.png", mimeType: "image/png", buffer: png };
const notes = { name: "Übersicht.txt", mimeType: "text/plain", buffer: Buffer.from("what I noted") };

const hasChromium = await available("the console's tests in a browser", findChromium);

describe.runIf(hasChromium)("files in a conversation", () => {
  let console: Console;
  beforeAll(async () => {
    console = await openConsole();
  }, 60_000);
  afterAll(() => console[Symbol.asyncDispose]());

  test("[console.attachments.send] files are attached, seen before and after sending, and downloaded", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await begin(page, "hello");
    await message(page, 2).waitFor();
    await files(page).setInputFiles([image, notes]);
    await toSend(page).getByRole("button", { name: "Remove dot.png" }).waitFor();
    await toSend(page).getByRole("button", { name: "Remove Übersicht.txt" }).waitFor();
    expect(await toSend(page).innerText()).toContain("12 bytes");
    await composer(page).press("Enter");
    const sent = message(page, 3);
    const thumbnail = sent.getByRole("img", { name: "dot.png" });
    await thumbnail.waitFor();
    const isLoaded = () =>
      thumbnail.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(isLoaded).toBe(1);
    expect(await toSend(page).count()).toBe(0);
    const downloading = page.waitForEvent("download");
    await sent.getByRole("link", { name: /Übersicht\.txt/ }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("Übersicht.txt");
    expect(await readFile(await download.path(), "utf8")).toBe("what I noted");
    await page.reload();
    await message(page, 3).getByRole("img", { name: "dot.png" }).waitFor();
    expect(tab.complaints).toEqual([]);
  });

  test("[console.attachments.progress] an upload shows how far it is, holds back the sending, and can be stopped", async () => {
    await using tab = await console.signedIn();
    const { page, context } = tab;
    await begin(page, "hello");
    await message(page, 2).waitFor();
    const devtools = await context.newCDPSession(page);
    const speed = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
    await devtools.send("Network.emulateNetworkConditions", speed);
    const big = { name: "big.txt", mimeType: "text/plain", buffer: Buffer.alloc(8_000_000, "x") };
    await files(page).setInputFiles([big]);
    await composer(page).fill("with a file");
    const bar = page.getByRole("progressbar", { name: "Uploading big.txt" });
    await expect.poll(() => bar.getAttribute("value").then(Number), { timeout: 10_000 }).toBeGreaterThan(0.05);
    expect(await sendButton(page).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Stop uploading big.txt" }).click();
    await bar.waitFor({ state: "detached" });
    expect(await sendButton(page).isDisabled()).toBe(false);
    await devtools.send("Network.emulateNetworkConditions", { ...speed, uploadThroughput: -1 });
    await composer(page).press("Enter");
    expect(await message(page, 3).innerText()).toContain("with a file");
  }, 60_000);

  test("[console.attachments.refused] a file that is refused says why, and the others go without it", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    const id = await begin(page, "hello");
    await message(page, 2).waitFor();
    const program = {
      name: "setup.exe",
      mimeType: "application/octet-stream",
      buffer: Buffer.from("MZ\x90\0\x03", "latin1"),
    };
    const folder = await mkdtemp(join(tmpdir(), "aloft-files-"));
    const huge = join(folder, "huge.txt");
    await writeFile(huge, Buffer.alloc(25_000_001, "x"));
    await files(page).setInputFiles([program, notes]);
    await files(page).setInputFiles(huge);
    await toSend(page).getByText("This kind of file is not taken.").waitFor();
    await toSend(page).getByText("A file may have 25 MB at most.").waitFor();
    expect(await sendButton(page).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Remove setup.exe" }).click();
    await page.getByRole("button", { name: "Remove huge.txt" }).click();
    await composer(page).press("Enter");
    await message(page, 3)
      .getByRole("link", { name: /Übersicht\.txt/ })
      .waitFor();
    const { body } = await console.backend.owner.get(`/api/v1/conversations/${id}/messages/3`);
    expect(body).toMatchObject({ text: "", attachments: [{ name: "Übersicht.txt" }] });
    await rm(folder, { recursive: true });
  });

  test("[console.attachments.send] a file is dropped or pasted as well as picked, by mouse or keyboard", async () => {
    await using tab = await console.signedIn();
    const { page } = tab;
    await begin(page, "hello");
    await message(page, 2).waitFor();
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Attach files" }).press("Enter");
    await (await choosing).setFiles([notes]);
    await page.getByRole("button", { name: "Remove Übersicht.txt" }).waitFor();
    await composer(page).evaluate((element) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["pasted"], "pasted.txt", { type: "text/plain" }));
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
      const dropped = new DataTransfer();
      dropped.items.add(new File(["dropped"], "dropped.txt", { type: "text/plain" }));
      element.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    });
    await page.getByRole("button", { name: "Remove pasted.txt" }).waitFor();
    await page.getByRole("button", { name: "Remove dropped.txt" }).click();
    await page.getByRole("button", { name: "Remove dropped.txt" }).waitFor({ state: "detached" });
    await composer(page).press("Enter");
    await message(page, 3)
      .getByRole("link", { name: /pasted\.txt/ })
      .waitFor();
    expect(await message(page, 3).getByRole("link").count()).toBe(2);
  });
});
