import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSecrets } from "@aloft/adapters/secrets/index";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { runCli } from "../../cli/src/testing.ts";
import { type Emulated, emulated } from "./emulated.ts";

const here = await available("ministack, for a rehearsal of a library", () => service("ministack"));
const example = join(root, "examples/nextjs-secrets");

/** What ministack 1.5.33 does otherwise than AWS, as of 2026-11-21: a secret without a value has an empty one, so `{}` is put first. */
describe.runIf(here)("nextjs-secrets on ministack", { timeout: 90_000 }, () => {
  let emulator: Emulated;
  const folder = mkdtempSync(join(tmpdir(), "aloft-library-"));
  const aloft = (...words: string[]) =>
    runCli([...words, "--config", example, "--env", "production", "--json"], process.env);

  beforeAll(async () => {
    emulator = await emulated("ministack");
    process.env["AWS_REGION"] = "us-east-2";
  });
  afterAll(() => {
    emulator[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("[landing.rehearsal.library] it is deployed, filled, read, kept, and removed when that is said", async () => {
    const deployed = await aloft("deploy", "--yes");
    expect({ code: deployed.code, out: JSON.parse(deployed.out) }).toMatchObject({
      code: 0,
      out: { ok: true, region: "us-east-2" },
    });
    await put("pixell/prod", "{}");
    const file = join(folder, ".env");
    writeFileSync(
      file,
      "DATABASE_URL=postgres://app:pw@db.example.com/app\nSESSION_SECRET=a-long-enough-session-secret-of-32\n",
    );
    const manifest = join(example, "secrets.manifest.ts");
    const words = [
      "secrets",
      "push",
      file,
      "--env",
      "prod",
      "--manifest",
      manifest,
      "--region",
      "us-east-2",
      "--yes",
      "--json",
    ];
    expect(await runCli(words, process.env)).toMatchObject({ code: 0 });
    const { default: secrets } = (await import(manifest)) as { default: Parameters<typeof loadSecrets>[0] };
    const env = { ...process.env, ALOFT_ENV: "production", AWS_SECRETS_ENABLED: "true" };
    using loaded = await loadSecrets(secrets, { env });
    expect(loaded.current()).toMatchObject({ DATABASE_URL: "postgres://app:pw@db.example.com/app" });
    const kept = await aloft("destroy", "--yes");
    expect(JSON.parse(kept.out)).toMatchObject({ ok: false, error: { code: "data_kept" } });
  });

  test("[landing.deploy.changes.shown] what changes is shown where nothing has to be agreed to, and once only", async () => {
    const words = ["deploy", "--config", example, "--env", "dev"];
    const first = await runCli(words, process.env);
    expect(first).toMatchObject({
      code: 0,
      err: expect.stringMatching(/Data pixell-dev-data \(new\)\n +\+ added Secrets\/App/),
    });
    const again = await runCli(words, process.env);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining("Nothing differs") });
    expect(again.err).not.toContain("added");
    expect(
      await runCli(["destroy", "--config", example, "--env", "dev", "--delete-data", "--yes"], process.env),
    ).toMatchObject({ code: 0 });
  });

  test("[landing.rehearsal.protected] what is protected is removed only with its data said", async () => {
    const { code, out } = await aloft("destroy", "--yes", "--delete-data");
    expect({ code, out: JSON.parse(out) }).toMatchObject({ code: 0, out: { removed: ["pixell-production-data"] } });
    expect(JSON.parse((await aloft("status")).out)).toMatchObject({ ok: false, stacks: [{ part: "Data" }] });
  });
});

async function put(SecretId: string, SecretString: string): Promise<void> {
  const { PutSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  await new SecretsManagerClient({ region: "us-east-2" }).send(new PutSecretValueCommand({ SecretId, SecretString }));
}
