import { CliError } from "../../errors.ts";
import type { LoadedApp } from "../app-config.ts";
import { loadInfra } from "../load-infra.ts";

/** @throws {CliError} it is not deployed, or is nothing that has an address. */
export async function deployedUrl({ app, environment }: LoadedApp): Promise<string> {
  const { stackState } = await loadInfra(() => import("@aloft/infra/deploying/stack-state"));
  const { ownAccount } = await loadInfra(() => import("@aloft/infra/deploying/own-account"));
  await ownAccount(app);
  const url = (await stackState(app.region, `${app.prefix}-compute`))?.outputs["Url"];
  if (url !== undefined) return url;
  if (app.topology === "library")
    throw new CliError("not_deployed", `${app.name} has no address: nothing runs in the topology library.`);
  throw new CliError("not_deployed", `${app.prefix} does not run yet: aloft deploy --env ${environment}`);
}
