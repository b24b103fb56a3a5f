import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { main } from "../../src/main.ts";

export const folder = mkdtempSync(join(tmpdir(), "aloft-cli-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

export function file(name: string, text: string): string {
  const path = join(folder, `${randomUUID()}-${name}`);
  writeFileSync(path, text);
  return path;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The questions that were asked. */
  readonly asked: readonly string[];
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  /** What is answered to each question; nobody to ask, if it is left out. */
  readonly answer?: (question: string) => string | Promise<string>;
  readonly terminal?: boolean;
}

/** `aloft secrets …` in this process. */
export async function secretsCli(argv: readonly string[], { env, answer, terminal = false }: RunOptions): Promise<Ran> {
  const [out, err, asked]: string[][] = [[], [], []];
  const code = await main(["secrets", ...argv], {
    out: { write: (text) => out?.push(text), isTTY: terminal },
    err: { write: (text) => err?.push(text), isTTY: terminal },
    env: { ...env, NO_COLOR: "1" },
    ...(answer === undefined
      ? {}
      : {
          ask: async (question: string) => {
            asked?.push(question);
            return answer(question);
          },
        }),
  });
  return { code, out: (out ?? []).join(""), err: (err ?? []).join(""), asked: asked ?? [] };
}
