import { expect, test } from "vitest";
import { repositoryOf } from "./image-uri.ts";

const digest = `@sha256:${"a".repeat(64)}`;
const inEcr = `123456789012.dkr.ecr.eu-north-1.amazonaws.com/team/chat${digest}`;

test("[landing.compute.execution-role] an image's repository is read from its name", () => {
  expect(repositoryOf(inEcr)).toEqual({ account: "123456789012", region: "eu-north-1", repository: "team/chat" });
  expect(repositoryOf(`ghcr.io/x/y${digest}`)).toBeUndefined();
  expect(repositoryOf(`000000000000.dkr.ecr.us-east-1.amazonaws.com/planned${digest}`)).toBeUndefined();
});
