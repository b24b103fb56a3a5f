import { sweepAttachments } from "@aloft/core/attachments/attachments";
import type { Services } from "./services.ts";

const sweepEveryMs = 60 * 60_000;

/** Removes what was uploaded and never sent, now and every hour, until it is disposed of. */
export function startSweeping({
  store,
  blobs,
  now,
  onUnexpected,
}: Pick<Services, "store" | "blobs" | "now"> & { readonly onUnexpected: (error: unknown) => void }): AsyncDisposable {
  let running = Promise.resolve();
  const sweep = () => {
    running = running.then(() => sweepAttachments(store, blobs, now())).then(() => undefined, onUnexpected);
  };
  sweep();
  const timer = setInterval(sweep, sweepEveryMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
