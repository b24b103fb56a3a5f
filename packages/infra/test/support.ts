import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveApp } from "@aloft/infra/config/resolve";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { synthesize, type Synthesis } from "@aloft/infra/synthesize";

/** Synthesizes into a folder that is gone afterwards. */
export function synthesized(config: AppConfig, environment: EnvironmentName): Synthesis {
  const folder = mkdtempSync(join(tmpdir(), "aloft-synth-"));
  try {
    return synthesize(resolveApp(config, environment), { folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
