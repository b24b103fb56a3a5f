import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { service, serviceNames } from "./support/services.ts";
import { available } from "./support/skip.ts";

describe.each(serviceNames)("%s", async (name) => {
  const here = await available(name, () => service(name));
  test.runIf(here)("[house.test.services] is started once, for whoever asks, on this machine only", async () => {
    const [one, other] = await Promise.all([service(name), service(name)]);
    expect(one).toEqual(other);
    const { hostname, port } = new URL(one.url);
    expect(hostname).toBe("127.0.0.1");
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.destroy();
  });
});
