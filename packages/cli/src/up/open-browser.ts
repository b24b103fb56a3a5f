import { spawn } from "node:child_process";
import type { Io } from "../io.ts";

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Asks the desktop to open an address. A machine without a desktop is told so, and goes on. */
export async function openBrowser(io: Io, url: string): Promise<void> {
  const [command, ...args] = openers[process.platform] ?? ["xdg-open"];
  const opened = await new Promise<boolean>((resolve) => {
    const child = spawn(command, [...args, url], { detached: true, stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
  if (!opened) io.err.write(`No browser could be opened (${command} is not here). Open the link yourself.\n`);
}
