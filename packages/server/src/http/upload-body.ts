import type { IncomingMessage } from "node:http";

/**
 * Gives the body of an upload to whoever stores it. If that fails, the rest is read and dropped: browsers send all of it
 * before they look at the answer, and the connection is to serve further requests.
 */
export async function withBody<T>(
  raw: IncomingMessage,
  use: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const body = raw.iterator({ destroyOnReturn: false });
  try {
    return await use(body as AsyncIterable<Uint8Array>);
  } catch (error) {
    void Promise.resolve(body.return?.())
      .catch(() => undefined)
      .then(() => raw.resume());
    throw error;
  }
}
