import { expect, test } from "vitest";
import { reachableImage, repositoryOf } from "./image-uri.ts";

const digest = `@sha256:${"a".repeat(64)}`;
const inEcr = `123456789012.dkr.ecr.eu-north-1.amazonaws.com/team/chat${digest}`;

test("[landing.compute.ipv6] an image is pulled by ECR's name with IPv6 addresses, where that is the way out", () => {
  expect(reachableImage(inEcr, "ipv6")).toBe(`123456789012.dkr-ecr.eu-north-1.on.aws/team/chat${digest}`);
  expect(reachableImage(inEcr, "nat-instance")).toBe(inEcr);
  expect(reachableImage(`ghcr.io/x/y${digest}`, "ipv6")).toBe(`ghcr.io/x/y${digest}`);
});

test("[landing.compute.execution-role] an image's repository is read from its name", () => {
  expect(repositoryOf(inEcr)).toEqual({ account: "123456789012", region: "eu-north-1", repository: "team/chat" });
  expect(repositoryOf(`ghcr.io/x/y${digest}`)).toBeUndefined();
  expect(repositoryOf(`000000000000.dkr.ecr.us-east-1.amazonaws.com/planned${digest}`)).toBeUndefined();
});
