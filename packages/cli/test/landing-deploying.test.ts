import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { type Emulated, emulated } from "../../infra/test/emulated.ts";
import { runCli } from "../src/testing.ts";

const folder = mkdtempSync(join(tmpdir(), "aloft-landing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function config(name: string, text: string): string {
  const file = join(folder, `${name}.config.mjs`);
  writeFileSync(file, `export default ${text};\n`);
  return file;
}

const environments = "environments: { dev: {}, staging: {}, production: {} }";
const solo = config(
  "solo",
  `{ name: "landing", topology: "solo", network: { egress: "nat-gateway" }, ${environments} }`,
);
const relational = config("relational", `{ name: "landing", topology: "relational", ${environments} }`);
const refused = async (...words: string[]) => {
  const { code, out } = await runCli([...words, "--json"], process.env);
  return { code, error: (JSON.parse(out) as { error: { code: string; message: string } }).error };
};

test("[landing.deploy.part] an unknown part is refused with those that there are", async () => {
  const { code, error } = await refused("deploy", "--config", solo, "--env", "dev", "--only", "databse");
  expect({ code, error }).toMatchObject({
    code: 2,
    error: { message: expect.stringMatching(/databse.*network, data/) },
  });
});

test("[landing.deploy.data.production] production is filled only if that is said", async () => {
  const into = ["data", "push", "--config", solo, "--env", "production", "--from", "sqlite:./nowhere"];
  expect(await refused(...into)).toMatchObject({
    code: 1,
    error: { code: "into_production", message: expect.stringContaining("--into-production") },
  });
  const sideways = ["data", "pull", "--config", solo, "--env", "staging", "--to", "production"];
  expect(await refused(...sideways)).toMatchObject({ code: 1, error: { code: "into_production" } });
  const said = await refused(...into, "--into-production");
  expect(said.error.code).not.toBe("into_production");
});

test("[landing.deploy.data.private] a private database needs a tunnel, and it is said how", async () => {
  const { error } = await refused("data", "pull", "--config", relational, "--env", "staging", "--to", "sqlite:./copy");
  expect(error).toMatchObject({
    code: "private_database",
    message: expect.stringMatching(/start-session.*--through env:/s),
  });
});

test("[landing.deploy.since] a span that cannot be read is refused with an example", async () => {
  const { code, error } = await refused("logs", "--config", solo, "--env", "dev", "--since", "yesterday");
  expect({ code, message: error.message }).toMatchObject({ code: 2, message: expect.stringMatching(/yesterday.*30m/) });
});

const here = await available("moto, for commands about what is not deployed", () => service("moto"));

describe.runIf(here)("over an account in which nothing is", { timeout: 60_000 }, () => {
  let emulator: Emulated;
  beforeAll(async () => {
    emulator = await emulated("moto");
  });
  afterAll(() => emulator[Symbol.dispose]());

  test("[landing.deploy.nothing] each command says so, and what deploys it", async () => {
    for (const command of ["logs", "open", "redeploy"]) {
      const { code, error } = await refused(command, "--config", solo, "--env", "dev");
      expect({ command, code, error }).toMatchObject({
        code: 1,
        error: { code: "not_deployed", message: expect.stringContaining("aloft deploy --env dev") },
      });
    }
    expect((await refused("rollback", "--config", solo, "--env", "dev")).error.code).toBe("nothing_to_roll_back");
    expect((await refused("destroy", "--config", solo, "--env", "dev", "--yes")).error.code).toBe("not_deployed");
    const status = await runCli(["status", "--config", solo, "--env", "dev", "--json"], process.env);
    expect({ code: status.code, out: JSON.parse(status.out) }).toMatchObject({
      code: 1,
      out: { ok: false, wrong: [expect.stringContaining("aloft deploy")] },
    });
  });

  test("[landing.deploy.account.reading] what only reads tells of another account as well, and not that nothing is there", async () => {
    const elsewhere = config(
      "elsewhere",
      `{ name: "landing", topology: "solo", account: "111122223333", ${environments} }`,
    );
    for (const command of ["status", "diff", "logs", "open", "redeploy", "rollback", "destroy"]) {
      const { code, error } = await refused(command, "--config", elsewhere, "--env", "dev");
      expect({ command, code, error }).toMatchObject({
        code: 1,
        error: { code: "wrong_account", message: expect.stringContaining("111122223333") },
      });
    }
  });

  test("[landing.deploy.profile] a profile that gives no credentials is named", async () => {
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = process.env;
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    process.env["AWS_PROFILE"] = "nobody-has-this";
    try {
      expect((await refused("status", "--config", solo, "--env", "dev")).error).toMatchObject({
        code: "credentials_missing",
        message: expect.stringContaining('The profile "nobody-has-this" gives no AWS credentials'),
      });
    } finally {
      delete process.env["AWS_PROFILE"];
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret });
    }
  });

  test("[landing.deploy.confirm] nobody at a terminal and no --yes: nothing is done", async () => {
    const image = `example.com/chat@sha256:${"3".repeat(64)}`;
    const { code, error } = await refused("deploy", "--config", solo, "--env", "dev", "--image", image);
    expect({ code, error }).toMatchObject({
      code: 2,
      error: { code: "not_confirmed", message: expect.stringContaining("--yes") },
    });
    expect((await refused("destroy", "--config", solo, "--env", "dev", "--yes")).error.code).toBe("not_deployed");
  });
});
