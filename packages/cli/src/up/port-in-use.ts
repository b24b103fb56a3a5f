import { CliError } from "../errors.ts";

/** Adds to the server's error what listens there, if it is another Aloft. */
export async function explainPortInUse(error: unknown): Promise<never> {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "port_in_use") throw error;
  const { address, port } = error.cause as { readonly address?: string; readonly port?: number };
  const host = address === undefined || address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!(await isAloft(url))) throw error;
  const message = `Another Aloft already runs on port ${port}: ${url}. Use that one, stop it, or start this one with --port 0.`;
  throw new CliError("port_in_use", message, { cause: error });
}

/** Whether the server at an address describes itself as Aloft. */
export async function isAloft(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(1000) });
    const description = (await response.json()) as { readonly info?: { readonly title?: unknown } };
    return String(description.info?.title).startsWith("Aloft");
  } catch {
    return false;
  }
}
