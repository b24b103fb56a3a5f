import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Keys } from "@aloft/core/ports/keys";
import { openConfiguredKeys } from "@aloft/server/compose";
import { dataFolder } from "../data-folder.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { serverEnvironment } from "../server-environment.ts";

/**
 * Opens the keys that the server started the same way would use. Makes none.
 * @throws {CliError} there are none yet.
 */
export async function openMasterKeys(io: Io, data: string | undefined): Promise<Keys> {
  const onNotice = (notice: string) => void io.err.write(`${notice}\n`);
  const env = await serverEnvironment(io);
  const type = env["KEYS_TYPE"]?.trim();
  if (type !== undefined && type !== "" && type !== "file") {
    const { loadConfig } = await import("@aloft/server/config/load");
    const { config } = await loadConfig({ env, dataDir: data });
    return openConfiguredKeys(config, { onNotice });
  }
  const path = join(dataFolder(io, data), "keys.json");
  if (!existsSync(path)) {
    const message =
      `There is no ${path}. If there never was one, start the server on that folder once; if it was lost, restore it from ` +
      "a backup: what it sealed cannot be opened without it.";
    throw new CliError("no_keys", message);
  }
  return openConfiguredKeys({ keys: { type: "file", path } }, { onNotice });
}
