import { expect, test } from "vitest";
import { resolveApp } from "../../config/resolve.ts";
import type { ResolvedCompute } from "../../config/resolve.ts";
import { zoneFinding } from "./zones.ts";

const zone = (ZoneName: string, ZoneId: string) => ({ ZoneName, ZoneId, State: "available" as const });
// EC2 answers in no particular order.
const zones = [
  zone("us-east-1c", "use1-az2"),
  zone("us-east-1a", "use1-az3"),
  zone("us-east-1b", "use1-az1"),
  { ...zone("us-east-1d", "use1-az9"), State: "impaired" as const },
];
const appWith = (network: object) =>
  resolveApp({ name: "chat", topology: "solo", network, environments: { dev: {} } }, "dev") as ResolvedCompute;

test("[landing.compute.zones-reached] a zone that CloudFront does not reach is named, with those to take", () => {
  expect(zoneFinding(appWith({}), zones)).toMatchObject({
    state: "failed",
    text: expect.stringContaining("us-east-1a"),
    mend: expect.stringContaining('zones: ["us-east-1b", "us-east-1c"]'),
  });
  expect(zoneFinding(appWith({ zones: ["us-east-1b", "us-east-1a"] }), zones).state).toBe("failed");
  expect(zoneFinding(appWith({ zones: ["us-east-1b", "us-east-1c"] }), zones).state).toBe("ok");
});

test("[landing.compute.zones-reached] a zone that the account has not, or too few of them, is told", () => {
  expect(zoneFinding(appWith({ zones: ["us-east-1b", "us-east-1d"] }), zones)).toMatchObject({
    state: "failed",
    text: expect.stringContaining("us-east-1d"),
  });
  expect(zoneFinding(appWith({ availabilityZones: 3 }), zones.slice(0, 2)).state).toBe("failed");
});
