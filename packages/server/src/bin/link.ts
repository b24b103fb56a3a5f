import { ensureOwner } from "@aloft/core/identity/owner";
import { createSignInLink } from "@aloft/core/identity/sessions";
import { openConfiguredStore } from "../compose.ts";
import type { Environment } from "../config/env.ts";
import { loadConfig } from "../config/load.ts";
import { signInUrl } from "../routes/auth/sign-in-url.ts";
import { withKeptSecrets } from "./kept-secrets.ts";

/** Prints a one-time link that signs the owner in at FRONTEND_URL: the way in to a server that is new. */
export async function link(env: Environment): Promise<number> {
  const whole = await withKeptSecrets(env);
  const { config } = await loadConfig({ env: whole.env });
  await using store = await openConfiguredStore(config, { setUp: "verify", upkeep: false });
  const ownerId = await ensureOwner(store, new Date());
  const { secret } = await createSignInLink(store, new Date(), ownerId);
  const origin = config.publicUrl ?? `http://${config.listen.host}:${config.listen.port}`;
  process.stdout.write(`${signInUrl(origin, secret)}\n`);
  return 0;
}
