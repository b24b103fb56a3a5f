import { writeFile } from "node:fs/promises";
import type { PricedLine } from "@aloft/infra/pricing/bill";
import type { Objection } from "@aloft/infra/refusals/refusals";
import { CliError } from "../errors.ts";
import { drawingHtml } from "./html-drawing.ts";
import { style } from "./html-style.ts";
import { Html, html } from "./html.ts";
import { choiceAdds, choiceSays, choicesIn } from "./plan-choices.ts";
import { datesText, loadText, remarksOf, usd } from "./plan-price.ts";
import { byRule } from "./plan-text.ts";
import { type Plan, type Verdict, verdictOf } from "./plan.ts";
import { plural } from "../text.ts";

/** @throws {CliError} `cannot_write`. */
export async function writePlanPage(file: string, plan: Plan): Promise<void> {
  try {
    await writeFile(file, planPage(plan));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("cannot_write", `--html: ${file} cannot be written: ${why}`, { cause });
  }
}

/** A plan as one page that needs nothing else. */
export function planPage(plan: Plan): string {
  const { app } = plan;
  const verdict = verdictOf(plan);
  const title = `${app.name}, ${app.environment}: plan`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header class="page">
          <h1>${app.name} · ${app.environment}</h1>
          <p class="quiet">
            ${app.topology}, ${app.region}${app.account === undefined ? "" : `, account ${app.account}`}
          </p>
          ${banner(verdict)} ${figures(plan)}
        </header>
        <main>
          <h2>Who reaches whom</h2>
          ${drawingHtml(plan.topology)} ${objectionsHtml("Refused", verdict.refusals)} ${priceHtml(plan)}
          ${choicesHtml(plan)} ${madeHtml(plan)} ${rightsHtml(plan)} ${checksHtml(plan, verdict)}
          ${objectionsHtml("Warnings", verdict.warnings)}
        </main>
        <footer>Written by aloft plan, without AWS. What AWS bills is what counts.</footer>
      </body>
    </html> `.text;
}

function banner({ ok, refusals, open }: Verdict): Html {
  if (ok) return html`<p class="banner good">Nothing is refused.</p>`;
  const said = [
    ...(refusals.length > 0 ? [`${plural(refusals.length, "thing is", "things are")} refused`] : []),
    ...(open.length > 0 ? [`${plural(open.length, "finding is", "findings are")} open`] : []),
  ];
  return html`<p class="banner bad">${said.join(", ")}.</p>`;
}

function figures({ bill, stacks }: Plan): Html {
  const resources = stacks.reduce((sum, stack) => sum + stack.resources, 0);
  return html`<ul class="figures">
    <li><strong>$${usd(bill.idleUsd)}</strong>a month, idle</li>
    <li><strong>$${usd(bill.loadUsd)}</strong>a month, at the stated load</li>
    <li><strong>${resources}</strong>resources in ${plural(stacks.length, "stack", "stacks")}</li>
  </ul>`;
}

function priceHtml({ bill, app }: Plan): Html {
  const priced = bill.lines.filter((line) => line.status === "priced");
  const parts = [...new Set(priced.map(({ part }) => part))];
  const free = bill.lines.flatMap((line) => (line.status === "free" ? [line] : []));
  return html`<h2>What it costs a month</h2>
    <p class="quiet">In USD without taxes. ${datesText(bill)} ${loadText(bill)}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Price">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="number">Idle</th>
            <th scope="col" class="number">At that load</th>
          </tr>
        </thead>
        <tbody>
          ${parts.map(
            (part) =>
              html`<tr>
                  <th class="group" scope="rowgroup" colspan="3">${part}</th>
                </tr>
                ${priced.filter((line) => line.part === part).map(priceRow)}`,
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Together</th>
            <td class="number">${usd(bill.idleUsd)}</td>
            <td class="number">${usd(bill.loadUsd)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
    ${remarksOf(bill, app.region).map((text) => html`<p class="quiet">${text}</p>`)}
    <details>
      <summary>What costs nothing, and why</summary>
      <ul class="plain">
        ${free.map((line) => html`<li>${line.part}: ${line.what}. ${line.because}</li>`)}
      </ul>
    </details>`;
}

function priceRow(line: PricedLine): Html {
  const { usd: unit, source, asOf } = line.price;
  const how = html`<span class="quiet">${unit} for ${line.unit}, <a href="${source}">${asOf}</a></span>`;
  return html`<tr>
    <th scope="row">${line.what}<br />${how}</th>
    <td class="number">${usd(line.idle.usd)}</td>
    <td class="number">${usd(line.load.usd)}</td>
  </tr> `;
}

function choicesHtml(plan: Plan): Html | undefined {
  const choices = choicesIn(plan, true);
  if (choices.length === 0) return undefined;
  return html`<h2>What other choices would add or save</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Choices">
      <table>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col" class="number">Idle</th>
            <th scope="col" class="number">At that load</th>
          </tr>
        </thead>
        <tbody>
          ${choices.map(
            (one) =>
              html`<tr>
                <th scope="row"><code>${one.setting}</code><br />${choiceSays(one)}</th>
                <td class="number">${choiceAdds(one.addsIdleUsd)}</td>
                <td class="number">${choiceAdds(one.addsLoadUsd)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

function madeHtml({ stacks }: Plan): Html {
  return html`<h2>What is made, stack by stack</h2>
    ${stacks.map(
      ({ name, region, resources, makes, smaller, keeps }) =>
        html`<h3>${name}</h3>
          <p>
            ${plural(resources, "resource", "resources")} in ${region}:
            ${makes.join(", ")}${smaller > 0 ? `, and ${plural(smaller, "smaller part", "smaller parts")}` : ""}.
          </p>
          ${keeps.length > 0 ? html`<p class="quiet">Kept when destroyed: ${keeps.join(", ")}.</p>` : undefined}`,
    )}`;
}

function rightsHtml({ programs }: Plan): Html {
  return html`<h2>What each program may do</h2>
    ${programs.map(
      ({ program, permissions }) =>
        html`<h3>${program} may</h3>
          <ul class="plain">
            ${permissions.map(({ may }) => html`<li>${may}</li>`)}
          </ul>
          <details>
            <summary>The actions of AWS</summary>
            <p><code>${permissions.flatMap(({ actions }) => actions).join(", ")}</code></p>
          </details>`,
    )}`;
}

function checksHtml({ findings }: Plan, { open, accepted }: Verdict): Html {
  if (findings === undefined)
    return html`<h2>Policy checks</h2>
      <p>Nobody looked: --no-checks.</p>`;
  return html`<h2>Policy checks</h2>
    <p>
      ${open.length === 0 ? "Nothing is open." : `${plural(open.length, "finding has", "findings have")} to be mended, or accepted with a reason.`}
      ${plural(accepted.length, "finding is", "findings are")} accepted, each with a reason.
    </p>
    <ul class="plain">
      ${byRule(open).map(([first, ...more]) => html`<li>${first.rule} at <code>${first.path}</code>${more.length > 0 ? ` and ${more.length} more` : ""}: ${first.message}</li>`)}
    </ul>
    <details>
      <summary>What is accepted, and why</summary>
      <ul class="plain">
        ${accepted.map(({ rule, path, reason }) => html`<li>${rule} at <code>${path}</code>: ${reason}</li>`)}
      </ul>
    </details>`;
}

function objectionsHtml(title: string, objections: readonly Objection[]): Html | undefined {
  if (objections.length === 0) return undefined;
  return html`<h2>${title}</h2>
    ${objections.map(
      ({ id, level, fact, evidence, instead, found, accepted }) =>
        html`<article class="${level}">
          <h3>${id}</h3>
          <ul class="plain">
            ${found.map(({ where, what }) => html`<li><code>${where}</code>: ${what}</li>`)}
          </ul>
          <p>${fact} <a href="${evidence}">Source</a></p>
          <p>
            ${accepted === undefined ? html`<strong>Instead:</strong> ${instead}` : html`<strong>Accepted:</strong> ${accepted}`}
          </p>
        </article>`,
    )}`;
}
