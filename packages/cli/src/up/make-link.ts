import { createSignInLink } from "@aloft/core/identity/sessions";
import { signInUrl } from "@aloft/server/routes/auth/sign-in-url";
import { dataFolder, findUser, openData, runningServer } from "../data-folder.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";

/** @throws {CliError} `not_running`: a link leads to a running server. */
export async function makeLink(
  io: Io,
  where: { readonly data: string | undefined; readonly user: string | undefined },
): Promise<{ readonly url: string; readonly expiresAt: string }> {
  await using store = await openData(io, where.data);
  const userId = await findUser(store, where.user);
  const folder = dataFolder(io, where.data);
  const server = await runningServer(folder);
  if (server?.url === undefined) {
    throw new CliError("not_running", `No server runs on ${folder}. Start it with aloft up: it prints a link.`);
  }
  const { secret, expiresAt } = await createSignInLink(store, new Date(), userId);
  return { url: signInUrl(server.url, secret), expiresAt };
}
