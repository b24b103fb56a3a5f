import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { available } from "../../../test/support/skip.ts";
import { root } from "../src/commands/root.ts";
import { runCli } from "../src/testing.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-completions-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function script(shell: string): Promise<string> {
  const { code, out } = await runCli(["completions", shell]);
  expect(code).toBe(0);
  const path = join(folder, shell);
  writeFileSync(path, out);
  return path;
}

/** What each half-typed line may become: the same in every shell. */
const lines: readonly (readonly [line: string, offers: readonly string[]])[] = [
  ["aloft ", Object.keys(root.subCommands)],
  ["aloft d", ["doctor", "deploy", "diff", "data", "destroy"]],
  ["aloft store copy --jo", ["--journal"]],
  ["aloft key ", ["create", "list", "revoke"]],
  ["aloft key cr", ["create"]],
  ["aloft secrets ", ["push", "pull", "diff", "rotate", "doctor", "list"]],
  ["aloft completions ", ["bash", "zsh", "fish"]],
  ["aloft up --po", ["--port"]],
  ["aloft key create --exp", ["--expires-in"]],
  ["aloft up --", ["--port", "--host", "--data", "--open", "--json", "--help"]],
];

const words = (output: string): string[] => output.split("\n").filter((word) => word !== "");
const sorted = (list: readonly string[]): string[] => list.toSorted();

describe.runIf(await available("bash", () => execFileSync("bash", ["--version"])))("bash", () => {
  test.each(lines)("[cli.completions.shells] bash completes %j", async (line, offers) => {
    const typed = line.split(" ");
    const quoted = typed.map((word) => JSON.stringify(word)).join(" ");
    const program = `source ${await script("bash")}
      COMP_WORDS=(${quoted}); COMP_CWORD=${typed.length - 1}; _aloft; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8" });
    const found = words(output).filter((word) => line.includes("-") || !word.startsWith("-"));
    expect(sorted(found)).toEqual(sorted(offers));
  });
});

describe.runIf(await available("zsh", () => execFileSync("zsh", ["--version"])))("zsh", () => {
  test.each(lines)("[cli.completions.shells] zsh completes %j", { timeout: 90_000 }, async (line, offers) => {
    // A zsh inside a pseudo-terminal, as only the line editor completes; its list of offers is what is read.
    const program = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1=; autoload -Uz compinit; compinit -u -D; source ${await script("zsh")}'
      zpty -w z 'compadd() { if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
        typeset -a __hits; builtin compadd -A __hits "$@"; print -l -- \${__hits/#/OFFER } ; builtin compadd "$@" }'
      zpty -w z '__complete() { _main_complete "$@"; print -- COMP''LETED }'
      zpty -w z 'bindkey "^I" complete-word; zle -C complete-word complete-word __complete; print REA''DY'
      zpty -r z out '*READY*'
      zpty -w -n z ${JSON.stringify(line)}$'\\t'
      zpty -r z out '*COMPLETED*'
      print -r -- "$out"
      zpty -d z`;
    const ask = (): string[] => {
      const output = execFileSync("zsh", ["-f", "-c", program], { encoding: "utf8", timeout: 15_000 });
      return [...output.matchAll(/OFFER ([\w-]+)/g)].map(([, word]) => word ?? "");
    };
    // What is typed before the line editor listens is lost, and on a busy machine it may be late.
    let found = ask();
    for (let again = 0; again < 4 && found.length === 0; again++) found = ask();
    expect(sorted([...new Set(found)])).toEqual(sorted(offers));
  });
});

describe.runIf(await available("fish", () => execFileSync("fish", ["--version"])))("fish", () => {
  test.each(lines)("[cli.completions.shells] fish completes %j", async (line, offers) => {
    const program = `source ${await script("fish")}; complete -C ${JSON.stringify(line)}`;
    const output = execFileSync("fish", ["--no-config", "-c", program], { encoding: "utf8" });
    const found = words(output).map((row) => row.split("\t")[0] ?? "");
    expect(sorted(found)).toEqual(sorted(offers));
  });
});
