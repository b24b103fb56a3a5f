import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./child.ts";

const run = promisify(execFile);

export const pythonExample: string = join(root, "examples/python-web");

/**
 * A virtual environment with what examples/python-web needs, made once and kept for the next run.
 * @returns its interpreter.
 * @throws {Error} there is no Python, or its packages cannot be had.
 */
export async function pythonOfExample(): Promise<string> {
  const requirements = join(pythonExample, "requirements.txt");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const parent = join(tmpdir(), `aloft-python-${process.getuid?.() ?? 0}`);
  const folder = join(parent, `example-${digest}`);
  if (existsSync(join(folder, "bin/python"))) return join(folder, "bin/python");
  await mkdir(parent, { recursive: true, mode: 0o755 });
  if (statSync(parent).uid !== process.getuid?.()) throw new Error(`${parent} belongs to somebody else`);
  await run("python3", ["-c", "import venv, ensurepip"]).catch(() => {
    throw new Error("Python 3 with venv and pip is needed, such as Debian's python3-venv");
  });
  const draft = `${folder}.${process.pid}`;
  try {
    await run("python3", ["-m", "venv", draft]);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    await run(join(draft, "bin/python"), install);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Two test files may make it at once: then one of them was first.
    if (existsSync(join(folder, "bin/python"))) return join(folder, "bin/python");
    throw new Error(`pip could not install ${requirements}: ${lastWords(error)}`, { cause: error });
  }
  return join(folder, "bin/python");
}

function lastWords(error: unknown): string {
  const { stderr } = error as { stderr?: string };
  return (
    String(stderr ?? error)
      .trim()
      .split("\n")
      .at(-1) ?? ""
  );
}
