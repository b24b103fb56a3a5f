import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { awsEnv, store } from "../../adapters/test/secrets/support.ts";
import { type Ended, runAloft } from "../../../test/support/child.ts";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-server-environment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const emulated = await available("moto", () => service("moto"));
let prefixes = 0;

/** Runs commands as on a server whose database is known to AWS alone. */
async function keptOnAws(database: unknown): Promise<(args: string) => Promise<Ended>> {
  const { url } = await service("moto");
  const prefix = `cli-${process.pid}-${++prefixes}`;
  const secret = "f3K9-v71Lq0x_Zr8Ty5Wn2Bb6Cm4Dd1Ee";
  await store(url, { [`${prefix}/auth-secret`]: secret, [`${prefix}/database`]: database as string });
  const env = awsEnv(url, {
    AWS_SECRETS_ENABLED: "true",
    ALOFT_SECRETS_PREFIX: prefix,
    MAIN_DB_TYPE: "postgres",
    ALOFT_DATA_DIR: join(folder, prefix),
  });
  return async (args) => {
    await using child = runAloft(args.split(" "), { cwd: folder, env });
    return await child.ended;
  };
}

const commands = ["store status", "store migrate", "store backup file", "key list", "doctor", "up"];

describe.runIf(emulated)("with the address of the database in Secrets Manager", () => {
  test("[cli.secrets.same] every command looks for the same database as the server", { timeout: 60_000 }, async () => {
    const aloft = await keptOnAws({ url: "postgres://aloft:hidden-password@127.0.0.1:1/aloft" });
    for (const command of commands) {
      const { code, stdout, stderr } = await aloft(command);
      expect([command, code]).toEqual([command, 1]);
      expect(`${command}: ${stdout}${stderr}`).toContain("Nothing listens at 127.0.0.1:1.");
      expect(stdout + stderr).not.toContain("hidden-password");
    }
  });

  test("[cli.secrets.cause] a secret that is not JSON is named, not shown", { timeout: 60_000 }, async () => {
    const aloft = await keptOnAws("postgres://aloft:hidden-password@127.0.0.1:1/aloft");
    for (const command of commands) {
      const { code, stdout, stderr } = await aloft(command);
      expect([command, code]).toEqual([command, 1]);
      expect(`${command}: ${stderr}`).toMatch(
        /DATABASE_URL: secret .*database\\?" in us-east-1 is not a JSON object\./,
      );
      expect(stderr).toContain("aloft secrets doctor --env prod");
      expect(stdout + stderr).not.toContain("hidden-password");
    }
  });
});
