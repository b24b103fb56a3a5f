import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { findChromium } from "./support/chromium.ts";
import { begin, composer, type Console, eventually, message, openConsole, openTab, say } from "./support/console.ts";

const hasChromium = await available("the console's tests in a browser", findChromium);

describe.runIf(hasChromium)("coming in", () => {
  let console: Console;
  beforeAll(async () => {
    console = await openConsole();
  }, 60_000);
  afterAll(() => console[Symbol.asyncDispose]());

  test("[console.sign-in.link] a link signs a browser in; used again, it says kindly what to do", async () => {
    const link = await console.backend.server.createSignInLink();
    await using tab = await openTab(console.browser);
    await tab.page.goto(link);
    await tab.page.getByRole("button", { name: /Your menu, Owner/ }).waitFor();
    expect(new URL(tab.page.url()).href).toBe(`${console.backend.url}/`);

    await using other = await openTab(console.browser);
    const answer = await other.page.goto(link);
    expect(answer?.status()).toBe(410);
    await other.page.getByRole("heading", { name: /no longer works/ }).waitFor();
    await other.page.getByRole("link", { name: /console/ }).click();
    await other.page.getByRole("heading", { name: "Sign in to Aloft" }).waitFor();
    await other.page.getByText("aloft link").waitFor();
    expect([...tab.complaints, ...other.complaints]).toEqual([]);
  });

  test("[console.sign-in.expired] a session that is over is said plainly, and what was being written is kept", async () => {
    await using tab = await console.signedIn();
    await begin(tab.page, "Hello");
    await message(tab.page, 2).waitFor();
    await composer(tab.page).fill("Half a thought");
    const { body } = await console.backend.owner.get("/api/v1/me/sessions");
    for (const { id, current } of body.items) {
      if (!current) await console.backend.owner.request("DELETE", `/api/v1/me/sessions/${id}`);
    }
    await composer(tab.page).press("Enter");
    await tab.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    const at = tab.page.url();
    await tab.page.goto(await console.backend.server.createSignInLink());
    await composer(tab.page).waitFor();
    await tab.page.goto(at);
    await message(tab.page, 3).getByText("Half a thought").waitFor();
  });

  test("[console.sign-in.out] signing out ends the session", async () => {
    await using tab = await console.signedIn();
    await tab.page.getByRole("button", { name: /Your menu, Owner/ }).click();
    await tab.page.getByRole("menuitem", { name: "Sign out" }).click();
    await tab.page.getByRole("heading", { name: "Sign in to Aloft" }).waitFor();
    const cookies = await tab.context.cookies();
    expect(cookies.filter(({ name }) => name.startsWith("aloft_session"))).toEqual([]);
  });

  test("[console.sign-in.elsewhere] a signed-in browser makes a link for another one, and ends that one's session", async () => {
    await using tab = await console.signedIn();
    await tab.page.getByRole("link", { name: "Settings" }).click();
    await tab.page.getByRole("button", { name: "Sign in on another browser" }).click();
    const dialog = tab.page.getByRole("dialog");
    const link = await dialog.locator("code").innerText();
    expect(link).toContain(`${console.backend.url}/auth/link?token=`);
    await dialog.getByRole("button", { name: "Close" }).click();
    await using other = await openTab(console.browser);
    await other.page.goto(link);
    await composer(other.page).waitFor();
    await tab.page.reload();
    await tab.page.getByText("this browser", { exact: true }).waitFor();
    const end = tab.page.getByRole("button", { name: "End", exact: true });
    const sessions = await end.count();
    await end.first().click();
    await eventually(
      () => end.count(),
      (left) => left === sessions - 1,
    );
    await other.page.getByRole("link", { name: "API keys" }).click();
    await other.page.getByRole("heading", { name: "Your session has ended" }).waitFor();
  });

  test("[console.invitation] an invitation's link makes an account and joins; it works once", async () => {
    await using tab = await console.signedIn();
    await tab.page.goto(`${console.backend.url}/settings/organization`);
    await tab.page.getByRole("button", { name: "Invite someone" }).click();
    const dialog = tab.page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: /E-mail/ }).fill("not an address");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await dialog.locator("[aria-invalid]").waitFor();
    await dialog.getByRole("textbox", { name: /E-mail/ }).fill("kim@example.com");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    const link = await dialog.locator("code").innerText();
    await dialog.getByRole("button", { name: "Done" }).click();
    await tab.page.getByText("kim@example.com").waitFor();

    await using guest = await openTab(console.browser);
    await guest.page.goto(link);
    await guest.page.getByText("Owner invites you to take part as a member").waitFor();
    await guest.page.getByRole("button", { name: "Create account and join" }).click();
    await guest.page.locator("[aria-invalid]").waitFor();
    await guest.page.getByRole("textbox", { name: "Your name" }).fill("Kim");
    await guest.page.getByRole("button", { name: "Create account and join" }).click();
    await guest.page.getByRole("button", { name: /Your menu, Kim/ }).waitFor();
    await using late = await openTab(console.browser);
    await late.page.goto(link);
    await late.page.getByRole("heading", { name: "This invitation no longer works" }).waitFor();

    await tab.page.reload();
    await tab.page.getByText("Kim", { exact: true }).waitFor();
    await tab.page.getByRole("button", { name: /^Notifications, 1 unread/ }).click();
    await tab.page.getByText(/Kim.*(joined|accepted)/i).waitFor();
  });

  test("[console.organizations] who belongs to several organizations switches between them", async () => {
    const made = await console.backend.owner.post("/api/v1/organizations", { name: "Second home" });
    expect(made.status).toBe(201);
    await console.backend.owner.post("/api/v1/agents", { name: "Butler", organizationId: made.body.id });
    await using tab = await console.signedIn();
    await tab.page.getByRole("button", { name: /^Organization: / }).click();
    await tab.page.getByRole("menuitemcheckbox", { name: "Second home" }).click();
    await tab.page.getByRole("button", { name: /Butler/ }).waitFor();
    expect(await tab.page.getByRole("button", { name: /Guide/ }).count()).toBe(0);
    await say(tab.page, "Hello");
    await message(tab.page, 2).getByText("offline model").waitFor();
    await tab.page.reload();
    await tab.page.getByRole("button", { name: "Organization: Second home" }).waitFor();
  });
});
