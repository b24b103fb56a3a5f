import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../console/test/support/chromium.ts";
import { available } from "../../../test/support/skip.ts";
import { html } from "../src/landing/html.ts";
import { runCli } from "../src/testing.ts";
import { type Workspace, workspace } from "./support/workspace.ts";

const hasChromium = await available("the plan's page in a browser", findChromium);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const config = `
import { UserPoolClient, UserPool } from "aws-cdk-lib/aws-cognito";
export default {
  name: "chat", topology: "relational", service: { platform: "app-runner" },
  extend: ({ Data }) => { new UserPoolClient(Data, "Client", { userPool: new UserPool(Data, "Pool") }); },
  environments: { production: {} },
};`;

test("what is put into a page is escaped, unless it is a piece of one", () => {
  const evil = `<script>alert("1")</script>&`;
  expect(html`<b title="${evil}">${html`<i>${evil}</i>`}${[html`<u></u>`, undefined]}${1}</b>`.text).toBe(
    '<b title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;">' +
      "<i>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;</i><u></u>1</b>",
  );
});

describe.runIf(hasChromium)("the page", { timeout: 120_000 }, () => {
  let space: Workspace;
  let browser: Browser;
  let file: string;
  let text: string;
  beforeAll(async () => {
    space = workspace("chat");
    file = join(space.folder, "plan.html");
    space.put("aloft.config.ts", config);
    const { out, code } = await runCli(["plan", "--config", space.folder, "--html", file], { LANG: "en_US.UTF-8" });
    expect(code).toBe(1);
    text = out;
    browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    space[Symbol.dispose]();
  });

  test("[landing.plan.page] it loads nothing from elsewhere, runs nothing, and tells what the text tells", async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    expect(asked).toEqual([pathToFileURL(file).href]);
    expect(await page.locator("script, link, img, iframe").count()).toBe(0);
    await page.locator("details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
    const shown = (await page.locator("body").innerText()).replaceAll(/\s+/g, " ");
    const [, idle = "", load = ""] = /together +([\d.,]+) +([\d.,]+)/.exec(text) ?? [];
    expect(idle).not.toBe("");
    for (const piece of [idle, load, "app-runner", "implicit-flow", "server may", "Policy checks", "us-east-1"]) {
      expect(shown).toContain(piece);
    }
    expect(await page.locator("svg rect").count()).toBeGreaterThan(5);
    expect(await page.locator("svg polyline").count()).toBeGreaterThan(5);
    await page.close();
  });

  test.each(["light", "dark"] as const)(
    "[landing.plan.page.everybody] axe finds nothing when it is %s",
    async (colorScheme) => {
      const page = await browser.newPage({ colorScheme, viewport: { width: 390, height: 800 } });
      await page.goto(pathToFileURL(file).href);
      await page.evaluate(axe);
      const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        "axe.run(document).then(({ violations }) => violations)",
      );
      expect(found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" ")}`)).toEqual(
        [],
      );
      await page.close();
    },
  );

  test("[landing.plan.page.everybody] no phone has to scroll it sideways", async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    await page.goto(pathToFileURL(file).href);
    await page.locator("details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.close();
  });
});
