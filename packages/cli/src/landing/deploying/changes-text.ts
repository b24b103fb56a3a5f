import type { Change, StackChanges } from "@aloft/infra/deploying/changes";
import type { Paint } from "../../io.ts";

const signs: Readonly<Record<Change["kind"], string>> = {
  added: "+",
  changed: "~",
  replaced: "±",
  removed: "-",
  released: "<",
};

const shownProperties = 6;

/** What would be done to each stack, a line for each resource. */
export function changesText(stacks: readonly StackChanges[], paint: Paint): string {
  return stacks
    .filter(({ changes, widens }) => changes.length + widens.length > 0)
    .map(({ part, name, isNew, changes }) => {
      const title = `${paint("bold", part)} ${paint("dim", name)}${isNew ? " (new)" : ""}`;
      return `${[title, ...changes.map((change) => changeLine(change, paint))].join("\n")}\n`;
    })
    .join("\n");
}

function changeLine({ kind, resource, type, properties, losesData, perhaps }: Change, paint: Paint): string {
  const what = kind === "changed" || kind === "replaced" ? propertiesText(properties) : "";
  const maybe = perhaps ? " (perhaps: CloudFormation decides)" : "";
  const released = kind === "released" ? " stays in the account, and is this app's no more" : "";
  const lost = losesData ? ` ${paint("red", "with what is stored in it")}` : "";
  const style = kind === "added" ? "green" : kind === "changed" ? "yellow" : "red";
  return `  ${paint(style, `${signs[kind]} ${kind}`)} ${resource} ${paint("dim", type)}${what}${maybe}${released}${lost}`;
}

function propertiesText(properties: readonly string[]): string {
  if (properties.length === 0) return "";
  const shown = properties.slice(0, shownProperties).join(", ");
  return `: ${properties.length > shownProperties ? `${shown}, …` : shown}`;
}

const shownLines = 25;

/** What has to be agreed to, at most so many lines of each. */
export function agreementText(
  { losesData, widens }: { readonly losesData: readonly string[]; readonly widens: readonly string[] },
  paint: Paint,
  environment: string,
): string {
  const more = (lines: readonly string[]) => listed(lines, environment);
  const parts: string[] = [];
  if (losesData.length > 0) parts.push(`${paint(["red", "bold"], "Data goes:")}\n${more(losesData)}`);
  if (widens.length > 0) parts.push(`${paint(["yellow", "bold"], "More is allowed than before:")}\n${more(widens)}`);
  return parts.join("\n");
}

function listed(lines: readonly string[], environment: string): string {
  const shown = lines.slice(0, shownLines).map((line) => `  ${line}\n`);
  const more = lines.length - shownLines;
  return `${shown.join("")}${more > 0 ? `  and ${more} more: aloft diff --env ${environment} --json has all\n` : ""}`;
}
