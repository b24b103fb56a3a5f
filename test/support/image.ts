import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, runChild } from "./child.ts";

export interface ImageConfig {
  readonly architecture: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Cmd: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly WorkingDir: string;
    readonly StopSignal: string;
    readonly ExposedPorts: Readonly<Record<string, object>>;
    readonly Healthcheck: { readonly Test: readonly string[] };
  };
}

export interface Builder {
  /** Runs buildah. @returns what it printed. */
  readonly buildah: (...args: readonly string[]) => Promise<string>;
  /** A base that has Node and nothing else: no shell, no users. */
  base(name: string, platform: string): Promise<void>;
  configOf(image: string): Promise<ImageConfig>;
}

/** Images of a test's own, in a folder of its own, made without a container engine. */
export function imageBuilder(folder: string): Builder {
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
  const buildah = async (...args: readonly string[]): Promise<string> => {
    await using child = runChild("buildah", [...storage, ...args]);
    const { code, signal, stdout, stderr } = await child.ended;
    if (code === 0) return stdout.trim();
    throw new Error(`buildah ${args[0] ?? ""} ended with ${code ?? signal}\n${stdout}${stderr}`);
  };
  return {
    buildah,
    async base(name, platform) {
      const context = join(folder, "base");
      if (!existsSync(context)) copyNode(context);
      writeFileSync(join(folder, "Basefile"), "FROM scratch\nCOPY . /\nENV PATH=/usr/bin\n");
      const flags = ["--quiet", "--isolation", "chroot", "--platform", platform];
      await buildah("bud", ...flags, "--file", join(folder, "Basefile"), "--tag", name, context);
    },
    async configOf(image) {
      const inspected = JSON.parse(await buildah("inspect", "--type", "image", image)) as { Docker: ImageConfig };
      return inspected.Docker;
    },
  };
}

/** This machine's Node, and the libraries that it asks for. */
function copyNode(context: string): void {
  mkdirSync(join(context, "usr/bin"), { recursive: true });
  mkdirSync(join(context, "tmp"));
  chmodSync(join(context, "tmp"), 0o1777);
  copyFileSync(process.execPath, join(context, "usr/bin/node"));
  const libraries = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(join(context, dirname(library)), { recursive: true });
    copyFileSync(library, join(context, library));
  }
}

export interface Container extends Child {
  /** Of the program itself, as this machine counts: within, it is 1. */
  readonly pid: number;
}

/**
 * Runs an image's command as a container engine would: its root read-only, as its user, the first of its processes.
 * Nothing is mounted over /tmp, so that a write there fails like any other.
 */
export async function runReadOnly(
  root: string,
  { config }: ImageConfig,
  options: { readonly env: Readonly<Record<string, string>>; readonly command?: readonly string[] },
): Promise<Container> {
  const [uid, gid] = config.User.split(":");
  const script =
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec chroot --userspec="$1" "$2" "${@:3}"';
  const given = Object.fromEntries([...config.Env.map(splitVariable), ...Object.entries(options.env)]);
  const command = [...config.Entrypoint, ...(options.command ?? config.Cmd)];
  const flags = ["--mount", "--pid", "--fork", "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
  const environment = Object.entries(given).filter(([name]) => name !== "PATH");
  const child = runChild("unshare", [
    ...flags,
    ...environment.map(([name, value]) => `${name}=${value}`),
    "bash",
    "-c",
    script,
    "bash",
    root,
    `${uid}:${gid}`,
    root,
    ...command.map((word, i) => (i === 0 ? `/usr/bin/${word}` : word)),
  ]);
  const pid = await onlyChildOf(child.process);
  let over = false;
  void child.ended.then(() => (over = true));
  // Whoever killed only what started it would leave the program running, since that has become somebody else's.
  const stop: Child["stop"] = (signal = "SIGTERM") => {
    try {
      if (!over) process.kill(pid, signal);
    } catch {
      // It has just ended.
    }
    return child.ended;
  };
  const dispose = async (): Promise<void> => void (await stop("SIGKILL"));
  return { ...child, pid, stop, [Symbol.asyncDispose]: dispose };
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

async function onlyChildOf({ pid }: ChildProcess): Promise<number> {
  for (let i = 0; i < 200; i++) {
    const found = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    if (found !== "") return Number(found);
    await delay(10);
  }
  throw new Error("the container did not start");
}

/** Removes what `imageBuilder` made. */
export function removeImages(folder: string): void {
  spawnSync("buildah", [
    "--root",
    join(folder, "storage"),
    "--runroot",
    join(folder, "run"),
    "--storage-driver",
    "vfs",
    "umount",
    "--all",
  ]);
  rmSync(folder, { recursive: true, force: true });
}
