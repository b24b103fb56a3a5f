import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../../../test/support/child.ts";
import { main } from "../../src/main.ts";

/** A project's folder, in which packages of the repository are found as if they had been installed. */
export interface Workspace extends Disposable {
  readonly folder: string;
  put(path: string, text: string): void;
  text(path: string): string;
  /** Makes it a repository of git with that remote. */
  git(remote: string): void;
}

export function workspace(name = "My Chat App"): Workspace {
  const top = mkdtempSync(join(tmpdir(), "aloft-init-"));
  const folder = join(top, name);
  mkdirSync(folder);
  symlinkSync(join(root, "node_modules"), join(top, "node_modules"));
  return {
    folder,
    put(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    text: (path) => readFileSync(join(folder, path), "utf8"),
    git(remote) {
      execFileSync("git", ["init", "-q"], { cwd: folder });
      execFileSync("git", ["remote", "add", "origin", remote], { cwd: folder });
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true }),
  };
}

export interface Session {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Questions as they were asked. */
  readonly asked: readonly string[];
}

/** Runs a command line as somebody at a terminal who gives these answers; with `undefined` the terminal goes away. */
export async function atTerminal(argv: readonly string[], answers: readonly (string | undefined)[]): Promise<Session> {
  const left = [...answers];
  const asked: string[] = [];
  let out = "";
  let err = "";
  const ask = (question: string) => {
    asked.push(question);
    if (left.length === 0) throw new Error(`Nobody answers: ${question}`);
    return Promise.resolve(left.shift() as string);
  };
  const code = await main(argv, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    env: {},
    ask,
  });
  return { code, out, err, asked };
}
