import { randomUUID } from "node:crypto";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { beforeAll, describe, expect, test } from "vitest";
import { awsEnv } from "../../../adapters/test/secrets/support.ts";
import { runAloft } from "../../../../test/support/child.ts";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { type Workspace, workspace } from "../support/workspace.ts";

const here = await available("moto", () => service("moto"));
const region = "eu-west-1";

describe.runIf(here)("in the folder of an app that is landed", () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await service("moto"));
  });

  async function aloft(space: Workspace, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { ALOFT_ENV: _, ...aws } = awsEnv(url, env);
    await using child = runAloft(["secrets", ...words], { cwd: space.folder, env: aws });
    return await child.ended;
  }

  async function names(app: string): Promise<readonly string[]> {
    const client = new SecretsManagerClient({
      endpoint: url,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { SecretList = [] } = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: "name", Values: [app] }] }),
    );
    client.destroy();
    return SecretList.map(({ Name = "" }) => Name).toSorted();
  }

  function landed(topology: string): { space: Workspace; app: string } {
    const app = `a${randomUUID().slice(0, 8)}`;
    const space = workspace(app);
    const config = `{ name: "${app}", topology: "${topology}", region: "${region}", environments: { dev: {}, production: {} } }`;
    space.put("aloft.config.ts", `import { defineApp } from "@aloft/infra";\nexport default defineApp(${config});\n`);
    space.put(".env", "AUTH_SECRET=sw0rdf1sh-sw0rdf1sh-sw0rdf1sh-sw0rdf1sh\nDATABASE_URL=postgres://localhost/app\n");
    return { space, app };
  }

  test.each(["prod", "production"])("[landing.secrets] --env %s is production, in its region", async (env) => {
    const { space, app } = landed("solo");
    using _ = space;
    expect(await aloft(space, ["push", ".env", "--env", env, "--yes"])).toMatchObject({ code: 0 });
    expect(await names(app)).toEqual([`${app}/prod/auth-secret`, `${app}/prod/database`]);
  });

  test("[landing.secrets] where the deployment makes the database, its address is not pushed", async () => {
    const { space, app } = landed("relational");
    using _ = space;
    const { code, stderr } = await aloft(space, ["push", ".env", "--env", "dev", "--yes"]);
    expect({ code, names: await names(app) }).toEqual({ code: 0, names: [`${app}/dev/auth-secret`] });
    expect(stderr).toContain("not pushed: DATABASE_URL");
  });

  test("[landing.secrets] an environment that the app has not is refused; a prefix and a manifest count first", async () => {
    const { space, app } = landed("solo");
    using _ = space;
    const refused = await aloft(space, ["list", "--env", "staging"]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("dev, production");
    const prefixed = await aloft(space, ["list", "--env", "staging", "--json"], { ALOFT_SECRETS_PREFIX: `${app}/x` });
    expect(prefixed.stdout).toContain(`${app}/x/auth-secret`);
    space.put("own.json", JSON.stringify({ one: { name: `${app}/own/{env}`, fills: "ONE" } }));
    const own = await aloft(space, ["list", "--env", "staging", "--manifest", "own.json", "--json"]);
    expect(own.stdout).toContain(`${app}/own/staging`);
    expect(own.stdout).not.toContain("auth-secret");
  });
});
