import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const licenceFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * What the licences of others' packages ask to be passed on: name, version, licence, and the texts that came with each.
 * Packages with the same texts are listed together.
 * @param {readonly string[]} folders of the packages.
 */
export function notices(folders) {
  const byText = new Map();
  for (const folder of folders.toSorted()) {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder)
      .filter((file) => licenceFile.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), "utf8").trim());
    const by = typeof author === "string" ? author : author?.name;
    const text = texts.length > 0 ? texts.join("\n\n") : `${license ?? "No licence named"}${by ? `, by ${by}` : ""}`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license ?? "see below"})`]);
  }
  const entries = [...byText].map(([text, names]) => `${[...new Set(names)].join("\n")}\n\n${text}\n`).sort();
  return ["Aloft contains the following packages.\n", ...entries].join(`\n${"-".repeat(72)}\n\n`);
}
