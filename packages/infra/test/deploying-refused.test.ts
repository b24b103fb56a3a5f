import { resolveApp } from "@aloft/infra/config/resolve";
import { deploy } from "@aloft/infra/deploying/deploy";
import { expect, test } from "vitest";

test("[landing.refuse.deploy] what a plan refuses is not deployed, and nobody is asked for credentials", async () => {
  const config = { name: "chat", topology: "solo", service: { platform: "app-runner" }, environments: { dev: {} } };
  const asked: string[] = [];
  const deploying = deploy({
    app: resolveApp(config, "dev"),
    only: undefined,
    image: undefined,
    withoutMigration: false,
    onEvent: (event) => void asked.push(event.kind),
    signal: new AbortController().signal,
    confirm: async () => true,
    confirmBootstrap: async () => true,
  });
  await expect(deploying).rejects.toMatchObject({
    code: "refused",
    message: expect.stringContaining("App Runner"),
  });
  expect(asked).toEqual([]);
});
