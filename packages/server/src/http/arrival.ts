import { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";

/**
 * Gives up on requests whose body is not whole in time, and on uploads that stop moving. Node's own limit is the same for
 * all, so it has to bear the longest upload.
 */
export function limitArrival(
  app: FastifyInstance,
  requestMs: number,
  isUpload: (request: FastifyRequest) => boolean,
): void {
  app.addHook("onRequest", async (request) => {
    const { raw } = request;
    const { socket, headers } = raw;
    const hasBody = headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
    if (!hasBody || raw.complete || !(socket instanceof Socket)) return;
    const giveUp = () => {
      if (raw.complete || raw.destroyed) return;
      const error = Object.assign(new Error("the body did not arrive in time"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
      app.server.emit("clientError", error, socket);
    };
    if (isUpload(request)) {
      raw.setTimeout(requestMs, giveUp);
      const stop = () => void socket.setTimeout(0);
      raw.once("end", stop).once("close", stop);
      return;
    }
    const timer = setTimeout(giveUp, requestMs);
    timer.unref();
    const stop = () => clearTimeout(timer);
    raw.once("end", stop).once("close", stop);
  });
}
